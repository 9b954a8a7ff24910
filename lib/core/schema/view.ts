import type {
  OptionalKind,
  Static,
  StaticDecode,
  StaticEncode,
  TArray,
  TIntersect,
  TObject,
  TOptional,
  TProperties,
  TRecord,
  TSchema,
  TTransform,
  TTuple,
  TUnion,
} from '@sinclair/typebox'

declare const defaulted: unique symbol

/** A property with a default: optional for who gives it, always there for who takes it. */
export type TDefault<S extends TSchema> = S & { [OptionalKind]: 'Optional'; readonly [defaulted]: true }

/** `decoded`: dates, bigints and bytes as values. `wire`: as JSON carries them, which is all that a type alone can know. */
export type Form = 'wire' | 'decoded'

/** A value as its producer gives it: defaults may be left out. */
export type Given<S extends TSchema, F extends Form = 'decoded'> = View<S, 'given', F>

/** A value as its consumer takes it: defaults are filled. */
export type Taken<S extends TSchema, F extends Form = 'decoded'> = View<S, 'taken', F>

type Side = 'given' | 'taken'

type View<S, D extends Side, F extends Form> =
  S extends TTransform<infer W, infer V>
    ? F extends 'decoded'
      ? V
      : Static<W>
    : S extends TObject<infer P>
      ? ObjectView<P, D, F>
      : S extends TArray<infer I>
        ? View<I, D, F>[]
        : S extends TUnion<infer B>
          ? View<B[number], D, F>
          : S extends TIntersect<infer B>
            ? IntersectView<B, D, F>
            : S extends TRecord<infer K, infer V>
              ? { [_ in Static<K> & PropertyKey]: View<V, D, F> }
              : S extends TTuple<infer B>
                ? { [I in keyof B]: View<B[I], D, F> }
                : S extends TSchema
                  ? F extends 'decoded'
                    ? StaticDecode<S>
                    : StaticEncode<S>
                  : never

type IntersectView<B, D extends Side, F extends Form> = B extends [infer Head, ...infer Rest]
  ? View<Head, D, F> & IntersectView<Rest, D, F>
  : unknown

// A default's property is optional in the schema, so that a caller may leave it out; who takes the value always finds it.
type OptionalKey<P extends TProperties, D extends Side> = {
  [K in keyof P]: P[K] extends TOptional<TSchema>
    ? D extends 'taken'
      ? P[K] extends { readonly [defaulted]: true }
        ? never
        : K
      : K
    : never
}[keyof P]

type ObjectView<P extends TProperties, D extends Side, F extends Form> = Flat<
  { [K in Exclude<keyof P, OptionalKey<P, D>>]: View<P[K], D, F> } & {
    [K in OptionalKey<P, D>]?: View<P[K], D, F>
  }
>

/** One object type in place of an intersection, so that editors and errors show its properties. */
export type Flat<T> = { [K in keyof T]: T[K] }
