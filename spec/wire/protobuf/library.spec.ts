import { expect, it } from 'vitest'
import { loadProtobuf } from '../../../lib/wire/protobuf/library.ts'

it('without protobufjs the error says what to install', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  await expect(loadProtobuf(() => Promise.reject(missing))).rejects.toThrow(
    'protobuf needs the package protobufjs: npm install protobufjs',
  )
})

it('what else goes wrong is said as it is', async () => {
  await expect(loadProtobuf(() => Promise.reject(new SyntaxError('oh')))).rejects.toThrow('oh')
})
