import { afterEach, describe, expect, it, vi } from 'vitest'
import { chooseKafka, whyNoRealKafka, type KafkaSortName } from './kafka-choice.ts'
import { mockLimits } from './kafka-mock.ts'

afterEach(() => vi.unstubAllEnvs())

/** Sorts of which these are there, and what was asked of them. */
function among(...there: KafkaSortName[]) {
  const asked: string[] = []
  const sort = (name: KafkaSortName) => ({
    lacks() {
      asked.push(name)
      return there.includes(name) ? undefined : `no ${name}`
    },
  })
  const sorts = { named: sort('named'), jars: sort('jars'), docker: sort('docker'), mock: sort('mock') }
  return { sorts, asked }
}

describe('the Kafka of the specs', () => {
  it('is the first that is there; what comes behind it is not asked for', () => {
    const { sorts, asked } = among('jars', 'docker', 'mock')
    expect(chooseKafka(sorts)).toEqual({ sort: 'jars', reasons: ['no named'], byHand: false })
    expect(asked).toEqual(['named', 'jars'])
    expect(chooseKafka(among('named', 'jars').sorts)).toMatchObject({ sort: 'named', reasons: [] })
    expect(chooseKafka(among('docker', 'mock').sorts)).toMatchObject({
      sort: 'docker',
      reasons: ['no named', 'no jars'],
    })
  })

  it('is the mock cluster where there is no other, and then what needs a real one has the reasons', () => {
    const choice = chooseKafka(among('mock').sorts)
    expect(choice).toEqual({ sort: 'mock', reasons: ['no named', 'no jars', 'no docker'], byHand: false })
    expect(whyNoRealKafka(choice)!.reason).toBe(`no named; no jars; no docker; ${mockLimits}`)
    expect(whyNoRealKafka({ ...choice, sort: 'docker' })).toBeUndefined()
  })

  it('is none where nothing is there', () => {
    const choice = chooseKafka(among().sorts)
    expect(choice.sort).toBeUndefined()
    expect(whyNoRealKafka(choice)!.reason).toBe('no named; no jars; no docker; no mock')
  })

  it('is the one that is asked for by hand, and no other', () => {
    const { sorts, asked } = among('named', 'jars', 'mock')
    expect(chooseKafka(sorts, 'mock')).toEqual({
      sort: 'mock',
      reasons: ['MICROAPI_KAFKA_WITH is mock'],
      byHand: true,
    })
    expect(asked).toEqual(['mock'])
    const choice = chooseKafka(sorts, 'docker')
    expect(choice).toMatchObject({ sort: undefined, reasons: ['MICROAPI_KAFKA_WITH is docker', 'no docker'] })
    // In CI too that is a skip.
    expect(whyNoRealKafka(choice)!.outOfReach).toBe(true)
    expect(() => chooseKafka(sorts, 'mocks')).toThrow('"mocks"; use one of named, jars, docker, mock')
  })
})
