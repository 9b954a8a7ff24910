import type {
  OptionalKind,
  Static,
  StaticDecode,
  StaticEncode,
  TArray,
  TImport,
  TIntersect,
  TObject,
  TOptional,
  TProperties,
  TRecord,
  TRecursive,
  TRef,
  TSchema,
  TThis,
  TTransform,
  TTuple,
  TUnion,
} from '@sinclair/typebox'

declare const defaulted: unique symbol

/** A property with a default: optional for who gives it, always there for who takes it. */
export type TDefault<S extends TSchema> = S & { [OptionalKind]: 'Optional'; readonly [defaulted]: S }

/** `decoded`: dates, bigints and bytes as values. `wire`: as JSON carries them, which is all that a type alone can know. */
export type Form = 'wire' | 'decoded'

/** A value as its producer gives it: defaults may be left out. */
export type Given<S extends TSchema, F extends Form = 'decoded'> = View<S, 'given', F>

/** A value as its consumer takes it: defaults are filled. */
export type Taken<S extends TSchema, F extends Form = 'decoded'> = View<S, 'taken', F>

type Side = 'given' | 'taken'

// `R` is what a recursive schema comes back to: itself, or the schemas of its module by their names.
type View<S, D extends Side, F extends Form, R = never> =
  // First, and by what it wraps: inferring through the intersection that a default is never ends for transforms.
  S extends { readonly [defaulted]: infer Inner }
    ? View<Inner, D, F, R>
    : S extends TTransform<infer W, infer V>
      ? F extends 'decoded'
        ? V
        : Static<W>
      : S extends TRecursive<infer T>
        ? View<T, D, F, T>
        : S extends TThis
          ? View<R, D, F, R>
          : S extends TObject<infer P>
            ? ObjectView<P, D, F, R>
            : S extends TArray<infer I>
              ? View<I, D, F, R>[]
              : S extends TUnion<infer B>
                ? View<B[number], D, F, R>
                : S extends TIntersect<infer B>
                  ? IntersectView<B, D, F, R>
                  : S extends TRecord<infer K, infer V>
                    ? { [_ in Static<K> & PropertyKey]: View<V, D, F, R> }
                    : S extends TTuple<infer B>
                      ? { [I in keyof B]: View<B[I], D, F, R> }
                      : S extends TImport<infer M, infer K>
                        ? View<M[K], D, F, M>
                        : S extends TRef<infer N extends keyof R & string>
                          ? View<R[N], D, F, R>
                          : S extends TSchema
                            ? F extends 'decoded'
                              ? StaticDecode<S>
                              : StaticEncode<S>
                            : never

type IntersectView<B, D extends Side, F extends Form, R> = B extends [infer Head, ...infer Rest]
  ? View<Head, D, F, R> & IntersectView<Rest, D, F, R>
  : unknown

// A default's property is optional in the schema, so that a caller may leave it out; who takes the value always finds it.
type OptionalKey<P extends TProperties, D extends Side> = {
  [K in keyof P]: P[K] extends TOptional<TSchema>
    ? D extends 'taken'
      ? P[K] extends { readonly [defaulted]: unknown }
        ? never
        : K
      : K
    : never
}[keyof P]

type ObjectView<P extends TProperties, D extends Side, F extends Form, R> = Flat<
  { [K in Exclude<keyof P, OptionalKey<P, D>>]: View<P[K], D, F, R> } & {
    [K in OptionalKey<P, D>]?: View<P[K], D, F, R>
  }
>

/** One object type in place of an intersection, so that editors and errors show its properties. */
export type Flat<T> = { [K in keyof T]: T[K] }
