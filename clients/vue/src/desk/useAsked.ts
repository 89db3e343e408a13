import { computed, shallowRef, watch, type ComputedRef, type ShallowRef, type WatchSource } from 'vue'

import { messageOf, useLoaded } from '../composables/useLoaded'

export interface Asked<T> {
  /** What was there last stays while the same is asked again, so that nothing jumps; null before. */
  readonly value: Readonly<ShallowRef<T | null>>
  readonly problem: ComputedRef<string>
  readonly busy: ComputedRef<boolean>
  reload(): Promise<void>
}

/** As `useLoaded`, for what is looked at again and again. */
export function useAsked<K, T>(
  key: WatchSource<K | null>,
  load: (key: K, signal: AbortSignal) => Promise<T>,
): Asked<T> {
  const value = shallowRef<T | null>(null)
  watch(key, () => (value.value = null), { flush: 'sync' })
  const { loaded, reload } = useLoaded(key, load)
  watch(
    loaded,
    (now) => {
      if (now.state === 'ready') value.value = now.value
    },
    { flush: 'sync', immediate: true },
  )
  const problem = computed(() => (loaded.value.state === 'failed' ? loaded.value.message : ''))
  const busy = computed(() => loaded.value.state === 'loading')
  return { value, problem, busy, reload }
}

export interface Work {
  readonly busy: Readonly<ShallowRef<boolean>>
  /** What the service said against it; "" where nothing. */
  readonly problem: ShallowRef<string>
  /** What was done, in a sentence. */
  readonly said: ShallowRef<string>
  /** One at a time. `work` settles with the sentence that is said afterwards. */
  run(work: () => Promise<string>): Promise<boolean>
}

/** Something that a button does. */
export function useWork(): Work {
  const busy = shallowRef(false)
  const problem = shallowRef('')
  const said = shallowRef('')
  return {
    busy,
    problem,
    said,
    async run(work) {
      if (busy.value) return false
      busy.value = true
      problem.value = ''
      said.value = ''
      try {
        said.value = await work()
        return true
      } catch (error) {
        problem.value = messageOf(error)
        return false
      } finally {
        busy.value = false
      }
    },
  }
}
