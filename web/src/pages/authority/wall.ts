/** The wall: how far the devices have come, one stone per device (CONSOLE.md §2). Pure geometry, in units of the picture. */

/** Set: renewed. Wait, sleep: come by themselves. Ledger: let in as they are. Held: get nothing now. Heed: need a person. */
export type Stone = 'set' | 'wait' | 'sleep' | 'ledger' | 'held' | 'heed'

export interface Batch {
  stone: Stone
  devices: number
}

export interface Size {
  width: number
  /** Of one stone; its width follows from how many a course has. */
  height: number
  gap: number
  /** How many stones a course has, about. */
  course: number
}

export const desk: Size = { width: 994, height: 11.5, gap: 2.4, course: 60 }
export const phone: Size = { width: 395, height: 8, gap: 2.2, course: 30 }
/** One stone, for the key below. */
export const sample: Size = { width: 14, height: 6, gap: 0, course: 2 }

/** Up to here each device has a stone of its own; beyond, stones stand for equal parts of all. */
const MOST_STONES = 400
const SHARED_STONES = 312

/** How many stones each batch has. A batch of one device keeps a stone, however many devices there are. */
export function stonesOf(batches: Batch[]): Batch[] {
  const filled = batches.filter((batch) => batch.devices > 0)
  const all = filled.reduce((sum, batch) => sum + batch.devices, 0)
  if (all <= MOST_STONES) return filled
  const shared = filled.map((batch) => ({ ...batch, devices: Math.max(1, Math.floor((batch.devices * SHARED_STONES) / all)) }))
  const largest = shared.reduce((most, batch) => (batch.devices > most.devices ? batch : most))
  largest.devices += SHARED_STONES - shared.reduce((sum, batch) => sum + batch.devices, 0)
  return shared
}

interface Box {
  x: number
  y: number
  width: number
}

/** Crenels are about three stones wide, merlons four. */
const MERLON = 4
const MERLON_PART = 4 / 7

/** How many full courses, how many stones in each, and how many are left for the merlons on top. */
function plan(count: number, size: Size): { courses: number; columns: number; merlons: number } {
  if (count <= (size.course * 2) / 3) return { courses: 1, columns: count, merlons: 0 }
  const courses = Math.max(1, Math.round(count / size.course))
  const columns = Math.floor(count / (courses + MERLON_PART))
  return { courses, columns, merlons: count - courses * columns }
}

/** Every other course is shifted by half a stone. */
function courseOf(index: number, columns: number, y: number, { width, gap }: Size): Box[] {
  const pitch = (width + gap) / columns
  const shift = index % 2 === 1 && columns > 1 ? pitch / 2 : 0
  return Array.from({ length: columns }, (_, column) => {
    const left = column === 0 ? 0 : column * pitch - shift
    const right = column === columns - 1 ? width : (column + 1) * pitch - shift - gap
    return { x: left, y, width: right - left }
  })
}

function merlonsOf(count: number, columns: number, y: number, { width, gap }: Size): Box[] {
  const pitch = (width + gap) / columns
  const groups = Math.max(1, Math.round(count / MERLON))
  return Array.from({ length: groups }, (_, group) => {
    const stones = Math.floor(((group + 1) * count) / groups) - Math.floor((group * count) / groups)
    const start = ((group + 0.5) * columns) / groups - stones / 2
    return Array.from({ length: stones }, (_, stone) => ({ x: (start + stone) * pitch, y, width: pitch - gap }))
  }).flat()
}

/** Where the stones of a wall lie, from the bottom to the top and from the left to the right, and how high each is. */
export function boxesOf(count: number, size: Size): { boxes: Box[]; stone: number; height: number } {
  if (count === 0) return { boxes: [], stone: 0, height: 0 }
  const { courses, columns, merlons } = plan(count, size)
  const rows = courses + (merlons > 0 ? 1 : 0)
  // A lone course would be a thread.
  const stone = rows === 1 ? size.height * 1.5 : size.height
  const y = (row: number) => (rows - 1 - row) * (stone + size.gap)
  const boxes = Array.from({ length: courses }, (_, row) => courseOf(row, columns, y(row), size)).flat()
  if (merlons > 0) boxes.push(...merlonsOf(merlons, columns, y(courses), size))
  return { boxes, stone, height: rows * (stone + size.gap) }
}

function outline({ x, y, width }: Box, height: number): string {
  return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height}h${(-width).toFixed(1)}z`
}

function diamond({ x, y, width }: Box, height: number): string {
  const half = Math.min(width, height) / 2
  const side = half.toFixed(1)
  const back = (-half).toFixed(1)
  return `M${(x + width / 2).toFixed(1)} ${(y + height / 2 - half).toFixed(1)}l${side} ${side} ${back} ${side} ${back} ${back}z`
}

/** Set stones come in three tones, as stones do; which one is the same at every look. */
function toneOf(index: number): string {
  const tone = (index * 7 + Math.floor(index / 5) * 3 + 4) % 8
  return tone < 2 ? 'set t1' : tone < 4 ? 'set t2' : 'set'
}

/** One path per look, by its classes: a wall of hundreds of stones is a handful of elements. */
export function pathsOf(batches: Batch[], size: Size): { paths: [look: string, path: string][]; height: number } {
  const stones = stonesOf(batches).flatMap(({ stone, devices }) => Array<Stone>(devices).fill(stone))
  const { boxes, stone: stoneHeight, height } = boxesOf(stones.length, size)
  const paths = new Map<string, string>()
  for (const [index, stone] of stones.entries()) {
    const look = stone === 'set' ? toneOf(index) : stone
    const shape = (stone === 'heed' ? diamond : outline)(boxes[index]!, stoneHeight)
    paths.set(look, (paths.get(look) ?? '') + shape)
  }
  return { paths: [...paths], height }
}
