import { computed, type ComputedRef, type Ref } from 'vue'

import type { Api, LessonSummary } from '../api'
import { useLoaded, type Loading } from './useLoaded'

export interface Chapter {
  readonly name: string
  readonly lessons: readonly LessonSummary[]
}

export interface Course {
  readonly courses: Loading<readonly string[]>
  readonly lessons: Loading<readonly LessonSummary[]>
  readonly chapters: ComputedRef<readonly Chapter[]>
}

/** The courses there are, and the lessons of the chosen one by chapter. */
export function useCourse(api: Api, course: Readonly<Ref<string>>): Course {
  const courses = useLoaded(
    () => true,
    () => api.courses(),
  )
  const lessons = useLoaded(
    () => course.value || null,
    (name: string) => api.lessons(name),
  )
  const chapters = computed(() => {
    const { loaded } = lessons
    return loaded.value.state === 'ready' ? byChapter(loaded.value.value) : []
  })
  return { courses, lessons, chapters }
}

/** Neighbouring lessons of one chapter together; the course's order is kept. */
export function byChapter(lessons: readonly LessonSummary[]): Chapter[] {
  const chapters: { name: string; lessons: LessonSummary[] }[] = []
  for (const lesson of lessons) {
    const last = chapters.at(-1)
    if (last && last.name === lesson.chapter) last.lessons.push(lesson)
    else chapters.push({ name: lesson.chapter, lessons: [lesson] })
  }
  return chapters
}
