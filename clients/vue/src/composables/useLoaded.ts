import { onScopeDispose, shallowRef, watch, type ShallowRef, type WatchSource } from 'vue'

export type Loaded<T> =
  | { readonly state: 'idle' | 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly message: string }

export interface Loading<T> {
  readonly loaded: Readonly<ShallowRef<Loaded<T>>>
  /** Loads again, also after a failure; settles when that is done. */
  reload(): Promise<void>
}

/** Loads whatever `key` names, whenever it changes; a slow earlier load never replaces a later one. */
export function useLoaded<K, T>(
  key: WatchSource<K | null>,
  load: (key: K, signal: AbortSignal) => Promise<T>,
): Loading<T> {
  const loaded = shallowRef<Loaded<T>>({ state: 'idle' })
  let current: K | null = null
  let under = new AbortController()

  async function reload(): Promise<void> {
    under.abort()
    under = new AbortController()
    const { signal } = under
    if (current === null) {
      loaded.value = { state: 'idle' }
      return
    }
    loaded.value = { state: 'loading' }
    try {
      const value = await load(current, signal)
      if (!signal.aborted) loaded.value = { state: 'ready', value }
    } catch (error) {
      if (!signal.aborted) loaded.value = { state: 'failed', message: messageOf(error) }
    }
  }

  watch(
    key,
    (next) => {
      current = next
      void reload()
    },
    { immediate: true },
  )
  onScopeDispose(() => under.abort())
  return { loaded, reload }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
