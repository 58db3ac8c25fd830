/**
 * What the server told about things, their values and devices. Read once, then kept up by the live link:
 * pages look here and never hold copies.
 */
import { SvelteMap } from 'svelte/reactivity'
import { get } from '../api/client'
import type { Device, DeviceStatus, LiveValue, Property, Thing, Value, ValueSource } from '../api/types'
import { Coalescer } from '../live/coalesce'
import { toMillis } from '../format/time'
import { Resource } from './resource.svelte'

/** One property's last value, and the last one that came from the board itself. */
export interface LastValue {
  value: Value
  time: number
  source: ValueSource
  /** Time between two values of a property written on a timer; 0 for one written on change, which is never stale by age. */
  usual: number
  /** The board's last word; what a control shows. */
  confirmed?: { value: Value; time: number }
}

/** Numbers are painted at most four times a second. */
const PAINT_MILLIS = 250

type ValueListener = (values: LiveValue[]) => void

class Catalog {
  readonly devices = new SvelteMap<string, Device>()
  readonly things = new SvelteMap<string, Thing>()
  readonly values = new SvelteMap<string, LastValue>()
  readonly deviceList = new Resource((signal) => this.readDevices(signal))
  readonly thingList = new Resource((signal) => this.readThings(signal))
  private readonly paint = new Coalescer<string, LiveValue>(PAINT_MILLIS, (items) => this.applyValues(items))
  private listeners = new Set<ValueListener>()

  /** Every value as it arrives, before coalescing: for charts. Returns how to stop. */
  onValues(listener: ValueListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  receiveValues(values: LiveValue[]): void {
    for (const value of values) this.paint.add(value.property_id, value)
    for (const listener of this.listeners) listener(values)
  }

  receiveDevice(device: Device): void {
    this.devices.set(device.id, device)
    const thing = device.thing_id ? this.things.get(device.thing_id) : undefined
    if (thing && (thing.device_status !== device.status || thing.device_name !== device.name)) {
      this.things.set(thing.id, { ...thing, device_id: device.id, device_name: device.name, device_status: device.status })
    }
  }

  /** How a thing's device is, for who sees no device. */
  receiveThing(id: string, status: DeviceStatus): void {
    const thing = this.things.get(id)
    if (thing) this.things.set(id, { ...thing, device_status: status })
  }

  keepThing(thing: Thing): void {
    this.things.set(thing.id, thing)
    for (const property of thing.properties) this.seed(property)
  }

  dropThing(id: string): void {
    this.things.delete(id)
  }

  dropDevice(id: string): void {
    this.devices.delete(id)
  }

  /** After the link was away: what is shown is read again, in place. */
  async refresh(): Promise<void> {
    this.paint.clear()
    const loads: Promise<void>[] = []
    if (this.deviceList.value) loads.push(this.deviceList.load())
    if (this.thingList.value) loads.push(this.thingList.load())
    await Promise.all(loads)
  }

  clear(): void {
    this.paint.clear()
    this.devices.clear()
    this.things.clear()
    this.values.clear()
    this.deviceList.value = undefined
    this.thingList.value = undefined
  }

  private seed(property: Property): void {
    const time = toMillis(property.value_updated_at)
    if (property.value === undefined || time === undefined) return
    const known = this.values.get(property.id)
    if (known && known.time >= time) return
    this.values.set(property.id, merge(known, property.value, time, property.value_source ?? 'device', usualOf(property)))
  }

  private applyValues(items: Map<string, LiveValue>): void {
    for (const { property_id, value, time, source } of items.values()) {
      const known = this.values.get(property_id)
      this.values.set(property_id, merge(known, value, toMillis(time) ?? Date.now(), source, 0))
    }
    this.noteHeard(items.values())
  }

  /** A board that says a value is heard from now, whenever the value was measured. */
  private noteHeard(values: Iterable<LiveValue>): void {
    const spoke = new Set([...values].filter((each) => each.source === 'device').map((each) => each.thing_id))
    for (const thing of spoke) {
      const device = this.devices.get(this.things.get(thing)?.device_id ?? '')
      if (device) this.devices.set(device.id, { ...device, last_seen: new Date().toISOString() })
    }
  }

  private async readDevices(signal: AbortSignal): Promise<string[]> {
    const { devices } = await get<{ devices: Device[] }>('/devices', { signal })
    const fresh = new Set(devices.map((device) => device.id))
    for (const id of this.devices.keys()) if (!fresh.has(id)) this.devices.delete(id)
    for (const device of devices) this.devices.set(device.id, device)
    return devices.map((device) => device.id)
  }

  private async readThings(signal: AbortSignal): Promise<string[]> {
    const { things } = await get<{ things: Thing[] }>('/things', { signal })
    const fresh = new Set(things.map((thing) => thing.id))
    for (const id of this.things.keys()) if (!fresh.has(id)) this.things.delete(id)
    for (const thing of things) this.keepThing(thing)
    return things.map((thing) => thing.id)
  }
}

function usualOf(property: Property): number {
  return property.update_strategy === 'timed' ? (property.update_parameter ?? 0) * 1000 : 0
}

/** How a new value joins what is known. Exported for its test. */
export function merge(
  known: LastValue | undefined,
  value: Value,
  time: number,
  source: ValueSource,
  usual: number,
): LastValue {
  const confirmed = source === 'device' ? { value, time } : known?.confirmed
  return { value, time, source, usual: usual || known?.usual || 0, confirmed }
}

export const catalog = new Catalog()
