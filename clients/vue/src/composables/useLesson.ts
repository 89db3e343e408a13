import { shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { samePlace, type Api, type Citation, type LessonText, type Place } from '../api'
import { drawnBlocks, locate, suggestions, type DrawnBlock } from '../lesson'
import { CodePointText, type Span } from '../spans'
import { useLoaded, type Loaded } from './useLoaded'

export interface OpenLesson extends Place {
  readonly title: string
  readonly text: CodePointText
  readonly blocks: readonly DrawnBlock[]
  readonly suggestions: readonly string[]
}

export interface Lesson {
  readonly loaded: Readonly<ShallowRef<Loaded<OpenLesson>>>
  /** The sentence that a citation led to. */
  readonly mark: Readonly<ShallowRef<Span | null>>
  /** A citation of this lesson whose words are not in it, or no longer. */
  readonly missing: Readonly<ShallowRef<Citation | null>>
  /** Marks the cited sentence as soon as its lesson is open; reads the lesson anew when it does not stand where it should. */
  show(citation: Citation): void
  clearMark(): void
  reload(): Promise<void>
}

/** The lesson at `place`, as it is drawn, and the sentence in it that is marked. */
export function useLesson(api: Api, place: Readonly<Ref<Place | null>>): Lesson {
  const mark = shallowRef<Span | null>(null)
  const missing = shallowRef<Citation | null>(null)
  const wanted = shallowRef<{ citation: Citation; fresh: boolean } | null>(null)

  const { loaded, reload } = useLoaded(place, async (at: Place, signal) => {
    const lesson = await api.lesson(at, signal)
    return open(at, lesson)
  })

  function clearMark(): void {
    mark.value = null
    missing.value = null
    wanted.value = null
  }

  watch([loaded, wanted], ([now, want]) => {
    if (now.state !== 'ready' || !want) return
    const { citation, fresh } = want
    if (!samePlace(now.value, citation)) return
    const span = locate(now.value.text, citation)
    if (span === null && !fresh) {
      wanted.value = { citation, fresh: true }
      void reload()
      return
    }
    wanted.value = null
    mark.value = span
    missing.value = span === null ? citation : null
  })
  watch(place, (now) => {
    mark.value = null
    missing.value = null
    if (wanted.value && !(now && samePlace(now, wanted.value.citation))) wanted.value = null
  })

  return {
    loaded,
    mark,
    missing,
    show(citation) {
      mark.value = null
      missing.value = null
      wanted.value = { citation, fresh: false }
    },
    clearMark,
    reload,
  }
}

function open(place: Place, lesson: LessonText): OpenLesson {
  const text = new CodePointText(lesson.text)
  const title = lesson.title || place.lesson
  return {
    course: place.course,
    lesson: place.lesson,
    title,
    text,
    blocks: drawnBlocks(text, lesson.blocks, title),
    suggestions: suggestions(text, lesson.blocks, title),
  }
}
