/** The public names, one by one. */
import { clientFactory, type CreateClient } from './client/client.ts'
import { createDeadlines } from './core/deadline.ts'
import { createRegistry, lazyTransport, type Registry } from './core/registry.ts'
import { createServe, type Serve } from './server/serve.ts'

export { mergeApps, createApp, overrideDependencies, prefixServices } from './server/app.ts'
export type { App, AppOptions, Override, Services } from './server/app.ts'
export type { Hook, Lifespan } from './server/runtime.ts'
export type { Serve, Server, ServeOptions } from './server/serve.ts'
export type { CreateClient } from './client/client.ts'
export type { ClientOptions, RetryPolicy } from './client/settings.ts'
export type {
  BidiCall,
  CallOptions,
  Client,
  ClientEvent,
  ClientMethod,
  ClientService,
  ClientStreamCall,
  ServerStreamCall,
  StreamCallOptions,
  UnaryCall,
} from './client/signature.ts'
export { implement, rpc } from './core/builder.ts'
export type { Builder } from './core/builder.ts'
export type { Call, CallChanges, Invoke, Reply } from './core/call.ts'
export type { Context, Peer } from './core/context.ts'
export type { Cursor } from './core/cursor.ts'
export { depends } from './core/dependency.ts'
export type {
  AppContext,
  Dependency,
  DependencyOptions,
  DependencyScope,
  DependencyTable,
} from './core/dependency.ts'
export { isRpcError, RpcError } from './core/errors.ts'
export type { DeclaredError, ErrorDeclaration, ErrorTable, RpcErrorOptions } from './core/errors.ts'
export type { Backoff, FailureOptions, RetryOptions } from './core/failure-policy.ts'
export { inBatches } from './core/in-batches.ts'
export type { BatchHandler, BatchOptions } from './core/in-batches.ts'
export type { MethodKind } from './core/kind.ts'
export type { Limits } from './core/limits.ts'
export type { Log } from './core/log.ts'
export { createMetadata } from './core/metadata.ts'
export type { Metadata, MetadataInit, MetadataValue } from './core/metadata.ts'
export type { Method, MethodOptions, ProtoNames } from './core/method.ts'
export { pipe } from './core/middleware.ts'
export type { Middleware } from './core/middleware.ts'
export { createRegistry, lazyTransport } from './core/registry.ts'
export type { Registry, TransportFactory } from './core/registry.ts'
export { field } from './core/schema/field.ts'
export type { FieldOptions } from './core/schema/field.ts'
export { Empty, t } from './core/schema/t.ts'
export type { Given, Taken } from './core/schema/view.ts'
export { defineService } from './core/service.ts'
export type { Service, ServiceOptions } from './core/service.ts'
export type { ErrorCode, Status } from './core/status.ts'
export type {
  Channel,
  Description,
  Listener,
  Lookup,
  MethodDescription,
  MethodFacts,
  Openable,
  OpenAppOptions,
  OpenedApp,
  Transport,
  UpgradeTransport,
} from './core/transport.ts'

/** The transports that come with the package, each loaded when its scheme is first used. */
export const registry: Registry = /* @__PURE__ */ createRegistry([
  /* @__PURE__ */ lazyTransport(
    ['http', 'https'],
    async () => (await import('./transports/http/index.ts')).http,
  ),
  /* @__PURE__ */ lazyTransport(['ws', 'wss'], async () => (await import('./transports/ws/index.ts')).ws),
  /* @__PURE__ */ lazyTransport(
    ['amqp', 'amqps'],
    async () => (await import('./transports/amqp/index.ts')).amqp,
    'amqplib',
  ),
  /* @__PURE__ */ lazyTransport(
    ['kafka', 'kafkas'],
    async () => (await import('./transports/kafka/index.ts')).kafka,
    'kafkajs',
  ),
  /* @__PURE__ */ lazyTransport(
    ['grpc', 'grpcs'],
    async () => (await import('./transports/grpc/index.ts')).grpc,
  ),
])

/** Serves an app; see {@link Serve}. */
export const serve: Serve = /* @__PURE__ */ createServe(registry)

/** Makes a client; see {@link CreateClient}. */
export const createClient: CreateClient = /* @__PURE__ */ clientFactory(
  registry,
  /* @__PURE__ */ createDeadlines(),
)
