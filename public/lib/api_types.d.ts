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
  dropped_citations: number;
  unsupported_sentences: number;
  error: string | null;
  reference: string | null;
  created_at: string;
  finished_at: string | null;
  may_tell: boolean;
  told: Told | null;
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

export type ChatAnswer = {
  answer: string;
  citations: CitationView[];
  sources: SourceView[];
  mode: 'extractive' | 'llm' | null;
  model: string | null;
  refused: boolean;
  nearest: NearestDocument[];
  answer_run_id: string | null;
  thread_id: string | null;
  fallback_used: boolean;
  cached: 'exact' | 'semantic' | null;
  notice: string;
  supported: number;
  added: number;
  unsupported: number;
  usage: Usage;
  timings: Timings;
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

export type JobStage = 'waiting' | 'parsing' | 'chunking' | 'embedding' | 'indexing' | 'done';

export type JobState = 'queued' | 'started' | 'finished' | 'failed' | 'stopped';

export type JobStatus = {
  job_id: string;
  document_id: string;
  title: string;
  state: JobState;
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

export type LibraryGrant = {
  library_id: string;
  role: LibraryRole;
  is_personal: boolean;
};

export type LibraryRole = 'viewer' | 'editor' | 'owner';

export type LibraryView = {
  library_id: string;
  name: string;
  role: string;
  is_personal: boolean;
};

export type Me = {
  user_id: string;
  username: string;
  role: Role;
  libraries: LibraryGrant[];
  uploads: Allowance;
};

export type NearestDocument = {
  document_id: string;
  title: string;
  page: number | null;
  locator: string | null;
  similarity: number | null;
};

export type NearestTitle = {
  title: string;
  page: number | null;
  locator: string | null;
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

export type ReviewPage = {
  items: ReviewView[];
  next_cursor: string | null;
  counts: Record<string, number>;
};

export type ReviewView = {
  id: string;
  kind: 'not_in_documents' | 'unsupported';
  state: 'open' | 'done';
  question: string;
  note: string;
  answer: string;
  nearest: NearestTitle[];
  asked_by: string;
  created_at: string;
  done_by: string | null;
  done_at: string | null;
};

export type Role = 'user' | 'admin';

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

export type Timings = {
  sources_ms: number | null;
  first_token_ms: number | null;
  total_ms: number | null;
};

export type Token = {
  access_token: string;
  token_type: string;
  expires_in: number;
};

export type Told = {
  state: 'open' | 'done';
  created_at: string;
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
