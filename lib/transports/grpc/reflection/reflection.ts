import { Type } from '@sinclair/typebox'
import { rpc } from '../../../core/builder.ts'
import { field } from '../../../core/schema/field.ts'
import { t } from '../../../core/schema/t.ts'
import type { Given, Taken } from '../../../core/schema/view.ts'
import { defineService } from '../../../core/service.ts'
import { statusNumber, type ErrorCode } from '../../../core/status.ts'
import type { ServiceTable } from '../../../core/transport.ts'
import type { FileIndex } from './file-index.ts'

const Int32 = Type.Integer({ proto: 'int32' })

const ExtensionRequest = Type.Object(
  {
    containing_type: field(1, t.Default(Type.String(), '')),
    extension_number: field(2, t.Default(Int32, 0)),
  },
  { $id: 'ExtensionRequest' },
)
// On the wire a oneof is fields of which one is there.
const Request = Type.Object(
  {
    host: field(1, t.Default(Type.String(), '')),
    file_by_filename: field(3, Type.Optional(Type.String())),
    file_containing_symbol: field(4, Type.Optional(Type.String())),
    file_containing_extension: field(5, Type.Optional(ExtensionRequest)),
    all_extension_numbers_of_type: field(6, Type.Optional(Type.String())),
    list_services: field(7, Type.Optional(Type.String())),
  },
  { $id: 'ServerReflectionRequest' },
)
const Files = Type.Object(
  { file_descriptor_proto: field(1, Type.Array(t.Bytes())) },
  { $id: 'FileDescriptorResponse' },
)
const Extensions = Type.Object(
  { base_type_name: field(1, Type.String()), extension_number: field(2, Type.Array(Int32)) },
  { $id: 'ExtensionNumberResponse' },
)
const Named = Type.Object({ name: field(1, Type.String()) }, { $id: 'ServiceResponse' })
const Services = Type.Object({ service: field(1, Type.Array(Named)) }, { $id: 'ListServiceResponse' })
const Failure = Type.Object(
  { error_code: field(1, Int32), error_message: field(2, Type.String()) },
  { $id: 'ErrorResponse' },
)
const Response = Type.Object(
  {
    valid_host: field(1, Type.String()),
    original_request: field(2, Request),
    file_descriptor_response: field(4, Type.Optional(Files)),
    all_extension_numbers_response: field(5, Type.Optional(Extensions)),
    list_services_response: field(6, Type.Optional(Services)),
    error_response: field(7, Type.Optional(Failure)),
  },
  { $id: 'ServerReflectionResponse' },
)

/**
 * `grpc.reflection.VERSION.ServerReflection`: the schemas of the server, for tools that have none. The versions differ in
 * nothing but that name. The index is asked for when somebody first calls.
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflectionService(
  version: 'v1' | 'v1alpha',
  index: () => Promise<FileIndex>,
): ServiceTable[string] {
  return defineService(
    {
      ServerReflectionInfo: rpc.bidiStream(Request, Response, async function* (requests) {
        const files = await index()
        for await (const request of requests)
          yield { valid_host: request.host, original_request: request, ...answer(request, files) }
      }),
    },
    { proto: { package: `grpc.reflection.${version}`, service: 'ServerReflection' } },
  )
}

type Answer = Omit<Given<typeof Response>, 'valid_host' | 'original_request'>

function answer(request: Taken<typeof Request>, index: FileIndex): Answer {
  const {
    file_by_filename: file,
    file_containing_symbol: symbol,
    file_containing_extension: extension,
    all_extension_numbers_of_type: type,
    list_services: list,
  } = request
  if (file !== undefined) return filesOrNot(index.fileNamed(file), 'file', file)
  if (symbol !== undefined) return filesOrNot(index.fileOf(symbol), 'symbol', symbol)
  // proto3 has no extensions but those of options, which no schema here can declare.
  if (extension !== undefined)
    return notFound(`extension ${extension.extension_number} of`, extension.containing_type)
  if (type !== undefined) {
    if (!index.hasMessage(type)) return notFound('message', type)
    return { all_extension_numbers_response: { base_type_name: type, extension_number: [] } }
  }
  if (list !== undefined)
    return { list_services_response: { service: index.services.map((name) => ({ name })) } }
  return failure('UNIMPLEMENTED', 'this server knows no such request')
}

function filesOrNot(files: readonly Uint8Array[] | undefined, what: string, name: string): Answer {
  return files ? { file_descriptor_response: { file_descriptor_proto: [...files] } } : notFound(what, name)
}

function notFound(what: string, name: string): Answer {
  return failure('NOT_FOUND', `there is no ${what} ${JSON.stringify(name)} here`)
}

function failure(code: ErrorCode, message: string): Answer {
  return { error_response: { error_code: statusNumber(code), error_message: message } }
}
