/** The messages of google.protobuf and google.rpc that a failure carries, by protobufjs. */
import protobuf from 'protobufjs'

const { Root, Type, Field, MapField, Enum, OneOf } = protobuf

const root = new Root()
const google = root.define('google.protobuf')
google.add(new Enum('NullValue', { NULL_VALUE: 0 }))
google.add(new Type('Struct').add(new MapField('fields', 1, 'string', 'Value')))
google.add(new Type('ListValue').add(new Field('values', 1, 'Value', 'repeated')))
google.add(
  new Type('Value')
    .add(new Field('nullValue', 1, 'NullValue'))
    .add(new Field('numberValue', 2, 'double'))
    .add(new Field('stringValue', 3, 'string'))
    .add(new Field('boolValue', 4, 'bool'))
    .add(new Field('structValue', 5, 'Struct'))
    .add(new Field('listValue', 6, 'ListValue'))
    .add(
      new OneOf('kind', ['nullValue', 'numberValue', 'stringValue', 'boolValue', 'structValue', 'listValue']),
    ),
)
google.add(new Type('Any').add(new Field('type_url', 1, 'string')).add(new Field('value', 2, 'bytes')))
const rpc = root.define('google.rpc')
rpc.add(
  new Type('Status')
    .add(new Field('code', 1, 'int32'))
    .add(new Field('message', 2, 'string'))
    .add(new Field('details', 3, 'google.protobuf.Any', 'repeated')),
)
rpc.add(
  new Type('ErrorInfo')
    .add(new Field('reason', 1, 'string'))
    .add(new Field('domain', 2, 'string'))
    .add(new MapField('metadata', 3, 'string', 'string')),
)

type Shape = Record<string, unknown>

/** Writes a message of that name as protobufjs does. */
export function write(name: string, message: Shape): Buffer {
  const type = root.lookupType(name)
  return Buffer.from(type.encode(type.create(message)).finish())
}

/** Reads one as protobufjs does; throws what it throws. */
export function read(name: string, bytes: Uint8Array): Shape {
  const type = root.lookupType(name)
  return type.toObject(type.decode(bytes), { defaults: false, oneofs: false })
}

/** JSON as the object of a Value. */
export function valueOf(json: unknown): Shape {
  if (json === null) return { nullValue: 0 }
  if (typeof json === 'number') return { numberValue: json }
  if (typeof json === 'string') return { stringValue: json }
  if (typeof json === 'boolean') return { boolValue: json }
  if (Array.isArray(json)) return { listValue: { values: json.map(valueOf) } }
  return { structValue: structOf(json as Shape) }
}

/** A JSON object as the object of a Struct. */
export function structOf(json: Shape): Shape {
  return { fields: Object.fromEntries(Object.entries(json).map(([key, value]) => [key, valueOf(value)])) }
}

/** An Any that holds such a message. */
export function any(name: string, message: Shape): Shape {
  return { type_url: `type.googleapis.com/${name}`, value: write(name, message) }
}
