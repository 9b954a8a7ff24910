/** A message that every field of `values.everything` accepts, as JSON carries it. */
export const good = {
  text: 'a',
  mail: 'a@example.org',
  code: 'DE',
  whole: 1,
  real: 1.5,
  flag: true,
  choice: 'red',
  list: [1, 2],
  pair: ['a', 1],
  nested: { deep: { name: 'a' } },
  map: { a: 1 },
  when: '2024-01-02T03:04:05.678Z',
  big: '12345678901234567890',
  bytes: 'AAEC/w==',
}

/** One thing wrong with {@link good}. */
export interface BadField {
  readonly what: string
  readonly change: Record<string, unknown>
  readonly pointer: string
  readonly keyword: string
}

/** Something wrong at every kind of field, and where and why it must be refused. */
export const badFields: readonly BadField[] = [
  { what: 'a missing field', change: { text: undefined }, pointer: '/text', keyword: 'required' },
  { what: 'a number for a string', change: { text: 1 }, pointer: '/text', keyword: 'type' },
  { what: 'null for a string', change: { text: null }, pointer: '/text', keyword: 'type' },
  { what: 'too short a string', change: { text: '' }, pointer: '/text', keyword: 'minLength' },
  { what: 'too long a string', change: { text: 'a'.repeat(101) }, pointer: '/text', keyword: 'maxLength' },
  {
    what: 'a string that breaks its format',
    change: { mail: 'nobody' },
    pointer: '/mail',
    keyword: 'format',
  },
  { what: 'a string that breaks its pattern', change: { code: 'de' }, pointer: '/code', keyword: 'pattern' },
  { what: 'a numeric string for an integer', change: { whole: '1' }, pointer: '/whole', keyword: 'type' },
  { what: 'a fraction for an integer', change: { whole: 1.5 }, pointer: '/whole', keyword: 'type' },
  { what: 'too small an integer', change: { whole: -1 }, pointer: '/whole', keyword: 'minimum' },
  { what: 'too large an integer', change: { whole: 1_001 }, pointer: '/whole', keyword: 'maximum' },
  { what: 'a string for a number', change: { real: '1.5' }, pointer: '/real', keyword: 'type' },
  { what: 'a string for a boolean', change: { flag: 'true' }, pointer: '/flag', keyword: 'type' },
  { what: 'a number for a boolean', change: { flag: 1 }, pointer: '/flag', keyword: 'type' },
  { what: 'an unknown choice', change: { choice: 'blue' }, pointer: '/choice', keyword: 'anyOf' },
  { what: 'an object for an array', change: { list: {} }, pointer: '/list', keyword: 'type' },
  { what: 'a wrong array item', change: { list: [1, 'b'] }, pointer: '/list/1', keyword: 'type' },
  { what: 'too many array items', change: { list: [1, 2, 3, 4] }, pointer: '/list', keyword: 'maxItems' },
  { what: 'a wrong tuple item', change: { pair: ['a', 'b'] }, pointer: '/pair/1', keyword: 'type' },
  { what: 'too short a tuple', change: { pair: ['a'] }, pointer: '/pair', keyword: 'minItems' },
  { what: 'an array for an object', change: { nested: [] }, pointer: '/nested', keyword: 'type' },
  {
    what: 'a wrong field deep inside',
    change: { nested: { deep: { name: 1 } } },
    pointer: '/nested/deep/name',
    keyword: 'type',
  },
  {
    what: 'a missing field deep inside',
    change: { nested: { deep: {} } },
    pointer: '/nested/deep/name',
    keyword: 'required',
  },
  {
    what: 'a wrong value in a record',
    change: { map: { 'a/b~c': 'x' } },
    pointer: '/map/a~1b~0c',
    keyword: 'type',
  },
  { what: 'a text that is no date', change: { when: 'yesterday' }, pointer: '/when', keyword: 'format' },
  {
    what: 'a day that does not exist',
    change: { when: '2023-02-30T00:00:00Z' },
    pointer: '/when',
    keyword: 'format',
  },
  { what: 'a number for a bigint', change: { big: 1 }, pointer: '/big', keyword: 'type' },
  { what: 'a text that is no bigint', change: { big: '1e3' }, pointer: '/big', keyword: 'pattern' },
  { what: 'a text that is no base64', change: { bytes: '***' }, pointer: '/bytes', keyword: 'bytes' },
  { what: 'a wrong optional field', change: { maybe: 1 }, pointer: '/maybe', keyword: 'type' },
]
