// The containers: web with sticky sessions, a worker for each queue that comes and goes with it, the migration.
param name string
param location string
param tags object
param image string
param publicUrl string
param qdrantUrl string
param blobUrl string
param blobAccount string
param entraTenant string
param entraClientId string
param identityId string
param identityClientId string
param vaultUri string
param secretNames array
param subnetId string
param logsName string
param webMin int
param webMax int

var queues = [
  {
    queue: 'ingestion'
    cpu: '2.0'
    memory: '4Gi'
    most: 20
    target: '20'
    query: 'select count(*) from ingestion_jobs where state = \'started\' or state = \'queued\' and (not_before is null or not_before <= now())'
  }
  {
    queue: 'answers'
    cpu: '1.0'
    memory: '2Gi'
    most: 20
    target: '8'
    query: 'select count(*) from answer_runs where state = \'queued\''
  }
]

var plain = [
  { name: 'FOOTNOTE_PUBLIC_URL', value: publicUrl }
  { name: 'FOOTNOTE_TRUSTED_PROXIES', value: '100.100.0.0/16' } // the ingress of Container Apps
  { name: 'FOOTNOTE_DATABASE_POOLER', value: 'transaction' }
  { name: 'FOOTNOTE_DATABASE_MIGRATE', value: 'check' }
  { name: 'FOOTNOTE_QDRANT_URL', value: qdrantUrl }
  { name: 'FOOTNOTE_BLOB_URL', value: blobUrl }
  { name: 'AZURE_STORAGE_ACCOUNT_NAME', value: blobAccount }
  { name: 'AZURE_CLIENT_ID', value: identityClientId }
  { name: 'FOOTNOTE_WORKER_EMBEDDED', value: 'false' }
  { name: 'FOOTNOTE_WORKER_HEALTH_PORT', value: '8000' }
]
var hidden = [
  { name: 'FOOTNOTE_SECRET_KEY', secretRef: 'secret-key' }
  { name: 'FOOTNOTE_ADMIN_PASSWORD', secretRef: 'admin-password' }
  { name: 'FOOTNOTE_QDRANT_API_KEY', secretRef: 'qdrant-api-key' }
  { name: 'FOOTNOTE_DATABASE_URL', secretRef: 'database-url' }
  { name: 'FOOTNOTE_REDIS_URL', secretRef: 'redis-url' }
]
var entra = empty(entraTenant) ? [] : [
  { name: 'FOOTNOTE_OIDC_ISSUER', value: '${environment().authentication.loginEndpoint}${entraTenant}/v2.0' }
  { name: 'FOOTNOTE_OIDC_CLIENT_ID', value: entraClientId }
  { name: 'FOOTNOTE_OIDC_CLIENT_SECRET', secretRef: 'oidc-client-secret' }
]
var variables = concat(plain, hidden, entra)
var secrets = [
  for secret in secretNames: { name: secret, keyVaultUrl: '${vaultUri}secrets/${secret}', identity: identityId }
]
var probes = [
  { type: 'Startup', httpGet: { path: '/health/live', port: 8000 }, periodSeconds: 3, failureThreshold: 40 }
  { type: 'Liveness', httpGet: { path: '/health/live', port: 8000 }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 }
  { type: 'Readiness', httpGet: { path: '/health/ready', port: 8000 }, periodSeconds: 3, timeoutSeconds: 2, failureThreshold: 1 }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: logsName
}

resource surroundings 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: '${name}-apps'
  location: location
  tags: tags
  properties: {
    vnetConfiguration: { infrastructureSubnetId: subnetId }
    zoneRedundant: true
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: { customerId: logs.properties.customerId, sharedKey: logs.listKeys().primarySharedKey }
    }
  }
}

resource migrate 'Microsoft.App/jobs@2025-01-01' = {
  name: '${name}-migrate'
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    environmentId: surroundings.id
    configuration: {
      triggerType: 'Manual' // az containerapp job start, before the image of web and workers changes
      replicaTimeout: 3600
      replicaRetryLimit: 3
      secrets: secrets
    }
    template: {
      containers: [
        {
          name: 'migrate'
          image: image
          command: ['footnote', 'migrate']
          env: variables
          resources: { cpu: json('0.5'), memory: '1Gi' }
        }
      ]
    }
  }
}

resource web 'Microsoft.App/containerApps@2025-01-01' = {
  name: '${name}-web'
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    environmentId: surroundings.id
    configuration: {
      activeRevisionsMode: 'Single'
      secrets: secrets
      ingress: {
        external: true
        targetPort: 8000
        transport: 'auto'
        allowInsecure: false
        stickySessions: { affinity: 'sticky' }
      }
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'web'
          image: image
          command: ['footnote', 'serve']
          env: variables
          probes: probes
          resources: { cpu: json('1.0'), memory: '2Gi' }
        }
      ]
      scale: {
        minReplicas: webMin
        maxReplicas: webMax
        rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '60' } } }] // pages keep a socket open
      }
    }
  }
}

resource workers 'Microsoft.App/containerApps@2025-01-01' = [
  for each in queues: {
    name: '${name}-${each.queue}'
    location: location
    tags: tags
    identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
    properties: {
      environmentId: surroundings.id
      configuration: { activeRevisionsMode: 'Single', secrets: secrets }
      template: {
        terminationGracePeriodSeconds: 60
        containers: [
          {
            name: 'worker'
            image: image
            command: ['footnote', 'worker', '--queues', each.queue]
            env: variables
            probes: probes
            resources: { cpu: json(each.cpu), memory: each.memory }
          }
        ]
        scale: {
          minReplicas: 0
          maxReplicas: each.most
          rules: [
            {
              name: 'queue'
              custom: {
                type: 'postgresql'
                metadata: { query: each.query, targetQueryValue: each.target }
                auth: [{ secretRef: 'scaler-url', triggerParameter: 'connection' }]
              }
            }
          ]
        }
      }
    }
  }
]

resource upkeep 'Microsoft.App/containerApps@2025-01-01' = {
  name: '${name}-maintenance'
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    environmentId: surroundings.id
    configuration: { activeRevisionsMode: 'Single', secrets: secrets }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'worker'
          image: image
          command: ['footnote', 'worker', '--queues', 'maintenance']
          env: variables
          probes: probes
          resources: { cpu: json('1.0'), memory: '2Gi' }
        }
      ]
      scale: { minReplicas: 1, maxReplicas: 1 }
    }
  }
}

output webHost string = web.properties.configuration.ingress.fqdn
