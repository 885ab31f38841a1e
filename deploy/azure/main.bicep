// Footnote on Azure: Container Apps for web, workers and migration; PostgreSQL Flexible Server behind its own pooler, Managed Redis, Blob Storage
// and Key Vault, all by a managed identity or a secret that nobody types twice; Front Door with a firewall before the web.
// Qdrant is a server of yours (a container app with a volume, a cluster, or its makers' cloud).
//
//   az deployment group create -g footnote -f deploy/azure/main.bicep -p @deploy/azure/example.parameters.json
//
// Not checked in this project: the types of Azure's resources and a deployment (docs/operations.md, "Containers").

@description('Short name that all resources begin with.')
@minLength(3)
@maxLength(12)
param name string = 'footnote'

param location string = resourceGroup().location

@description('The image, with its registry and version.')
param image string

@description('Address of the Qdrant server, as the containers reach it.')
param qdrantUrl string

@description('The public address that people open, https://…')
param publicUrl string

@description('Tenant and application of Entra ID, by which people sign in; empty: passwords only.')
param entraTenant string = ''
param entraClientId string = ''

@secure()
param entraClientSecret string = ''

@secure()
param secretKey string

@secure()
param adminPassword string

@secure()
param qdrantApiKey string

@secure()
param databasePassword string

@description('Web processes, at least and at most.')
param webMin int = 2
param webMax int = 8

var tags = { application: 'footnote' }
var databaseName = 'footnote'
var databaseUser = 'footnote'
var blobReader = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
var secretReader = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-identity'
  location: location
  tags: tags
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${name}-network'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.20.0.0/16'] }
    subnets: [
      {
        name: 'apps'
        properties: {
          addressPrefix: '10.20.0.0/23'
          serviceEndpoints: [{ service: 'Microsoft.Storage' }]
          delegations: [{ name: 'apps', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.20.2.0/24'
          delegations: [{ name: 'database', properties: { serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers' } }]
        }
      }
    ]
  }
}

resource databaseZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: '${name}.private.postgres.database.azure.com'
  location: 'global'
  tags: tags
}

resource databaseLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: databaseZone
  name: 'apps'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: network.id }
  }
}

resource postgres 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-postgres'
  location: location
  tags: tags
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' } // its pooler is not to be had with burstable ones
  properties: {
    version: '17'
    administratorLogin: databaseUser
    administratorLoginPassword: databasePassword
    storage: { storageSizeGB: 128, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: 14, geoRedundantBackup: 'Enabled' }
    highAvailability: { mode: 'ZoneRedundant' }
    network: {
      delegatedSubnetResourceId: network.properties.subnets[1].id
      privateDnsZoneArmResourceId: databaseZone.id
      publicNetworkAccess: 'Disabled'
    }
  }
  dependsOn: [databaseLink]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: postgres
  name: databaseName
}

resource pooler 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = {
  parent: postgres
  name: 'pgbouncer.enabled'
  properties: { value: 'true', source: 'user-override' }
}

resource redis 'Microsoft.Cache/redisEnterprise@2025-04-01' = {
  name: '${name}-redis'
  location: location
  tags: tags
  sku: { name: 'Balanced_B1' }
  properties: { minimumTlsVersion: '1.2', highAvailability: 'Enabled' }
}

resource redisDatabase 'Microsoft.Cache/redisEnterprise/databases@2025-04-01' = {
  parent: redis
  name: 'default'
  properties: {
    clientProtocol: 'Encrypted'
    clusteringPolicy: 'NoCluster' // one address for all keys: what belongs together is written together
    evictionPolicy: 'NoEviction'
    port: 10000
    accessKeysAuthentication: 'Enabled'
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: '${replace(name, '-', '')}${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  sku: { name: 'Standard_ZRS' }
  kind: 'StorageV2'
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
      virtualNetworkRules: [{ id: network.properties.subnets[0].id, action: 'Allow' }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: storage
  name: 'default'
  properties: { deleteRetentionPolicy: { enabled: true, days: 14 } }
}

resource files 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: 'files'
}

resource readsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, blobReader)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobReader)
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: '${name}-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    networkAcls: { defaultAction: 'Allow', bypass: 'AzureServices' }
  }
}

resource readsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, secretReader)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretReader)
  }
}

var databaseHost = postgres.properties.fullyQualifiedDomainName
var secretValues = {
  'secret-key': secretKey
  'admin-password': adminPassword
  'qdrant-api-key': qdrantApiKey
  'oidc-client-secret': empty(entraClientSecret) ? 'none' : entraClientSecret
  'database-url': 'postgresql+asyncpg://${databaseUser}:${uriComponent(databasePassword)}@${databaseHost}:6432/${databaseName}?ssl=require'
  'scaler-url': 'postgresql://${databaseUser}:${uriComponent(databasePassword)}@${databaseHost}:5432/${databaseName}?sslmode=require'
  'redis-url': 'rediss://:${uriComponent(redisDatabase.listKeys().primaryKey)}@${redis.properties.hostName}:10000/0'
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = [
  for secret in items(secretValues): {
    parent: vault
    name: secret.key
    properties: { value: secret.value, contentType: 'text/plain' }
  }
]

module apps 'apps.bicep' = {
  name: 'apps'
  params: {
    name: name
    location: location
    tags: tags
    image: image
    publicUrl: publicUrl
    qdrantUrl: qdrantUrl
    blobUrl: 'az://${files.name}'
    blobAccount: storage.name
    entraTenant: entraTenant
    entraClientId: entraClientId
    identityId: identity.id
    identityClientId: identity.properties.clientId
    vaultUri: vault.properties.vaultUri
    secretNames: [for secret in items(secretValues): secret.key]
    subnetId: network.properties.subnets[0].id
    logsName: logs.name
    webMin: webMin
    webMax: webMax
  }
  dependsOn: [secrets, readsSecrets, readsBlobs, pooler, database]
}

module front 'front.bicep' = {
  name: 'front'
  params: {
    name: name
    tags: tags
    webHost: apps.outputs.webHost
  }
}

output web string = apps.outputs.webHost
output front string = front.outputs.host
