// Made by `make format` from the routes in api/. Browsers do not load it; `make check` reads it.

export type Allowance = {
  used_bytes: number;
  allowed_bytes: number | null;
  used_documents: number;
  allowed_documents: number | null;
  max_file_bytes: number;
  kinds: string[];
};

export type AnswerRunView = {
  id: string;
  thread_id: string | null;
  question: string;
  query: string | null;
  state: string;
  mode: string | null;
  model: string | null;
  cached: string | null;
  fallback_used: boolean;
  usage: Usage;
  timings: Timings;
  trace: Stage[];
  sources: number;
  cited: number;
  footnotes: Footnote[];
  dropped_citations: number;
  unsupported_sentences: number;
  error: string | null;
  reference: string | null;
  created_at: string;
  finished_at: string | null;
  may_tell: boolean;
  told: ReviewReceipt | null;
};

export type AskedQuestion = {
  text: string;
  thread_id: string | null;
  asked_at: string;
};

export type Block = {
  kind: string;
  start: number;
  end: number;
  locator: string | null;
  level: number;
};

export type Box = {
  l: number;
  t: number;
  r: number;
  b: number;
};

export type ChangeView = {
  at: string;
  by: string | null;
  changes: Record<string, unknown[]>;
};

export type Chart = {
  title: string;
  unit: string;
  points: unknown[][];
};

export type ChatAnswer = {
  answer: string;
  kind: Kind;
  query: string;
  citations: CitationView[];
  sources: SourceView[];
  mode: 'extractive' | 'llm' | null;
  model: string | null;
  refused: boolean;
  stopped: boolean;
  nearest: NearestDocument[];
  answer_run_id: string | null;
  thread_id: string | null;
  fallback_used: boolean;
  cached: 'exact' | 'semantic' | null;
  notice: string;
  finish: 'stop' | 'length' | 'content_filter';
  reasoning: string;
  supported: number;
  added: number;
  unsupported: number;
  unchecked: number;
  score: number | null;
  usage: Usage;
  timings: Timings;
  chart: Chart | null;
};

export type CitationNote = {
  number: number;
  document_id: string | null;
  title: string;
  page: number | null;
  locator: string | null;
  url: string;
};

export type CitationPage = {
  kind: 'pages' | 'text' | 'deleted';
  number: number;
  title: string;
  quote: string;
  support: number | null;
  cited: boolean;
  document_id: string | null;
  document_url: string | null;
  version: number | null;
  is_earlier_version: boolean;
  locator: string | null;
  mime_type: string | null;
  section: number | null;
  section_count: number | null;
  page: number | null;
  page_count: number | null;
  width: number | null;
  height: number | null;
  spans: Span[];
  boxes: Box[];
};

export type CitationView = {
  number: number;
  document_id: string;
  title: string;
  page: number | null;
  locator: string | null;
  quote: string;
  support: number;
  url: string;
};

export type DayOfModel = {
  answers: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  day: string;
  model: string;
};

export type Deleted = {
  id: string;
  object: string;
  deleted: boolean;
};

export type DocumentCounts = {
  total: number;
  pending: number;
  ready: number;
  failed: number;
  partial: number;
};

export type DocumentEntry = {
  id: string;
  library_id: string;
  title: string;
  mime_type: string;
  size_bytes: number;
  state: string;
  page_count: number | null;
  chunk_count: number;
  error: string | null;
  created_at: string;
  version: number;
  warnings: DocumentWarning[];
  job: JobStatus | null;
  owner: string | null;
  library: string;
  last_question: AskedQuestion | null;
  can_write: boolean;
};

export type DocumentPage = {
  documents: DocumentEntry[];
  next_cursor: string | null;
  counts: DocumentCounts | null;
};

export type DocumentView = {
  id: string;
  library_id: string;
  title: string;
  mime_type: string;
  size_bytes: number;
  state: string;
  page_count: number | null;
  chunk_count: number;
  error: string | null;
  created_at: string;
  version: number;
  warnings: DocumentWarning[];
};

export type DocumentWarning = {
  page: number | null;
  message: string;
  kind: string;
};

export type EverybodysUsage = {
  days: number;
  people: PersonsSum[];
};

export type ExportView = {
  export_id: string;
  state: 'queued' | 'running' | 'ready' | 'failed' | 'expired';
  items_done: number;
  items_total: number | null;
  size_bytes: number | null;
  created_at: string;
  expires_at: string | null;
  error: string | null;
  url: string | null;
};

export type FeedbackView = {
  feedback_id: string;
  answer_run_id: string | null;
  thread_id: string;
  rating: 'up' | 'down';
  comment: string | null;
};

export type Footnote = {
  number: number;
  title: string;
  page: number | null;
  locator: string | null;
  quote: string;
};

export type GeneratedQuestions = {
  response: string;
  timestamp: string;
  questions: QuestionView[];
  fallback_used: boolean;
};

export type GroupPerson = {
  user_id: string;
  username: string;
  sources: string[];
};

export type GroupView = {
  group_id: string;
  name: string;
  people: number;
  created_at: string;
};

export type Guide = {
  title: string;
  about: GuideSentence[];
  headings: GuideHeading[];
  figures: GuideSentence[];
  tables: GuideTable[];
  questions: GuideQuestion[];
};

export type GuideHeading = {
  text: string;
  level: number;
  chunk: number;
  page: number | null;
};

export type GuideQuestion = {
  text: string;
  chunk: number;
  page: number | null;
  stands_alone: boolean;
};

export type GuideSentence = {
  text: string;
  heading: string;
  value: string;
  chunk: number;
  chunk_id: string;
  section: number;
  page: number | null;
  locator: string | null;
  span: Span;
};

export type GuideTable = {
  sheet: string;
  columns: string[];
  rows: number;
};

export type GuideView = {
  state: 'ready' | 'pending' | 'none';
  version: number;
  guide: Guide | null;
};

export type JobAccepted = {
  job_id: string;
  status: conversations__runs__types__JobState;
  status_url: string;
  result_url: string;
  events_url: string;
};

export type JobPage = {
  jobs: JobStatus[];
  next_cursor: string | null;
};

export type JobStage = 'waiting' | 'parsing' | 'chunking' | 'embedding' | 'indexing' | 'done';

export type JobStatus = {
  job_id: string;
  document_id: string;
  title: string;
  state: ingestion__types__JobState;
  stage: JobStage;
  percent: number;
  pages_done: number;
  pages_total: number | null;
  chunks_done: number;
  chunks_total: number | null;
  eta_s: number | null;
  notice: string | null;
  error: string | null;
  reference: string | null;
};

export type KeyView = {
  id: string;
  name: string;
  hint: string;
  scopes: Scope[];
  state: 'active' | 'expired' | 'revoked';
  questions_per_minute: number | null;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
};

export type Kind = 'fact' | 'document' | 'summary' | 'part' | 'comparison' | 'list' | 'count' | 'table' | 'conversation' | 'library' | 'talk' | 'help' | 'outside';

export type LibraryGrant = {
  library_id: string;
  role: LibraryRole;
  is_personal: boolean;
};

export type LibraryRole = 'viewer' | 'editor' | 'owner';

export type LibraryView = {
  library_id: string;
  name: string;
  role: LibraryRole;
  is_personal: boolean;
};

export type LinkKind = 'page' | 'site' | 'folder';

export type LinkState = 'waiting' | 'reading' | 'read' | 'failed';

export type LinkView = {
  link_id: string;
  library_id: string;
  kind: LinkKind;
  address: string;
  state: LinkState;
  document_id: string | null;
  read: number;
  elsewhere: number;
  failed: number;
  gone: number;
  left_out: number;
  error: string | null;
  notice: string | null;
  created_at: string;
  checked_at: string | null;
  next_at: string | null;
  can_write: boolean;
};

export type ListedThread = {
  thread_id: string;
  name: string | null;
  created_at: string;
  last_activity_at: string;
  pinned: boolean;
  folder: string | null;
  snippet: string | null;
};

export type Me = {
  user_id: string;
  username: string;
  role: Role;
  scopes: Scope[] | null;
  libraries: LibraryGrant[];
  uploads: Allowance;
};

export type MemberList = {
  members: MemberView[];
};

export type MemberView = {
  id: string;
  name: string;
  role: LibraryRole;
  is_group: boolean;
  is_you: boolean;
  by_admin: boolean;
};

export type MessageView = {
  message_id: string;
  role: 'user' | 'assistant';
  text: string;
  created_at: string;
  answer_run_id: string | null;
  state: string | null;
  citations: CitationNote[];
  feedback: FeedbackView | null;
};

export type Model = {
  id: string;
  object: string;
  created: number;
  owned_by: string;
};

export type ModelList = {
  object: string;
  data: Model[];
};

export type NearestDocument = {
  document_id: string;
  title: string;
  page: number | null;
  locator: string | null;
  similarity: number | null;
  number: number;
  excerpt: string;
};

export type NearestTitle = {
  title: string;
  page: number | null;
  locator: string | null;
};

export type NewKey = {
  id: string;
  name: string;
  hint: string;
  scopes: Scope[];
  state: 'active' | 'expired' | 'revoked';
  questions_per_minute: number | null;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  key: string;
};

export type OpeningList = {
  openings: OpeningView[];
  next_cursor: string | null;
};

export type OpeningView = {
  thread_id: string;
  opened_by: string | null;
  opened_at: string;
  reason: string;
};

export type OwnUsage = {
  days: number;
  total: Sum;
  entries: DayOfModel[];
};

export type PersonsSum = {
  answers: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  username: string;
};

export type QuestionView = {
  number: number;
  question: string;
  answer: string;
  options: string[];
  quote: string;
  document: string;
  document_id: string;
  page: number | null;
  locator: string | null;
  url: string;
};

export type ReviewDetail = {
  item: ReviewView;
  history: ChangeView[];
};

export type ReviewPage = {
  items: ReviewView[];
  next_cursor: string | null;
  counts: Record<string, number>;
  statuses: Record<string, number>;
};

export type ReviewReceipt = {
  state: 'open' | 'done';
  created_at: string;
  outcome: 'open' | 'fixed' | 'wont_fix';
  reply: string;
  sent: boolean;
};

export type ReviewView = {
  id: string;
  kind: 'not_in_documents' | 'unsupported' | 'failed' | 'rated';
  kinds: ('told' | 'thumbs_down' | 'comment' | 'refused' | 'unsupported' | 'failed')[];
  state: 'open' | 'done';
  status: 'new' | 'triaged' | 'fixed' | 'wont_fix';
  shown: boolean;
  question: string;
  note: string;
  answer: string;
  nearest: NearestTitle[];
  rating: number | null;
  comment: string;
  error: string;
  asked_by: string;
  verdict: 'right' | 'partly' | 'wrong' | null;
  cause: 'missing_document' | 'bad_parse' | 'bad_retrieval' | 'bad_answer' | 'not_answerable' | null;
  assignee: string | null;
  admin_note: string;
  reply: string;
  version: number;
  group_id: string;
  alike: number;
  answer_run_id: string | null;
  thread_id: string | null;
  created_at: string;
  done_by: string | null;
  done_at: string | null;
};

export type Role = 'user' | 'admin';

export type RunStatus = {
  job_id: string;
  status: conversations__runs__types__JobState;
  thread_id: string | null;
  message: string | null;
  reference: string | null;
  created_at: string | null;
  finished_at: string | null;
};

export type Scope = 'read' | 'ask' | 'upload' | 'admin';

export type SearchHit = {
  rank: number;
  score: number;
  similarity: number;
  rerank_score: number | null;
  chunk_id: string;
  text: string;
  document_id: string;
  library_id: string;
  title: string;
  version: number;
  page: number | null;
  locator: string | null;
  section: number;
  path: string[];
  url: string;
};

export type SearchResult = {
  hits: SearchHit[];
};

export type SectionView = {
  number: number;
  section_count: number;
  page: number | null;
  page_count: number | null;
  path: string[];
  text: string;
  blocks: Block[];
  width: number | null;
  height: number | null;
};

export type ShareView = {
  share_id: string;
  thread_id: string;
  title: string;
  path: string;
  message_count: number;
  created_at: string;
  expires_at: string | null;
};

export type SignedOut = {
  url: string;
};

export type SourceView = {
  number: number;
  document_id: string;
  chunk_id: string;
  title: string;
  page: number | null;
  locator: string | null;
  section: number;
  path: string[];
  text: string;
  similarity: number | null;
};

export type Span = {
  start: number;
  end: number;
};

export type Stage = {
  name: string;
  at_ms: number;
  took_ms: number;
  details: Record<string, unknown>;
};

export type Submission = {
  document: DocumentView;
  job: JobStatus;
  is_known: boolean;
};

export type Sum = {
  answers: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
};

export type ThreadList = {
  threads: ListedThread[];
  next_cursor: string | null;
};

export type ThreadShares = {
  may_share: boolean;
  shares: ShareView[];
};

export type ThreadView = {
  thread_id: string;
  name: string | null;
  created_at: string;
  last_activity_at: string;
  pinned: boolean;
  folder: string | null;
  messages: MessageView[];
};

export type Timings = {
  sources_ms: number | null;
  first_token_ms: number | null;
  total_ms: number | null;
};

export type Token = {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string;
  refresh_expires_in: number;
};

export type Usage = {
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  is_estimated: boolean;
};

export type VersionView = {
  version: number;
  is_present: boolean;
  mime_type: string;
  size_bytes: number;
  page_count: number | null;
  created_at: string;
};

export type Way = {
  name: string;
  url: string;
};

export type conversations__runs__types__JobState = 'QUEUED' | 'STARTED' | 'FINISHED' | 'FAILED' | 'STOPPED';

export type ingestion__types__JobState = 'queued' | 'started' | 'finished' | 'failed' | 'stopped';
