import { kafkaConformance } from './kafka/conformance.ts'

kafkaConformance('type')
