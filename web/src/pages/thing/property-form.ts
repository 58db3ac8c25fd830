/** The form of a property: what is typed, what is sent, what is wrong with it. */
import type { CreateProperty, Property, UpdateProperty } from '../../api/types'
import { propertyType } from '../../format/property-types'

export interface PropertyForm {
  name: string
  variable: string
  type: string
  writable: boolean
  timed: boolean
  parameter: string
  min: string
  max: string
  persist: boolean
}

export type Faults = Partial<Record<keyof PropertyForm | 'form', string>>

export function formOf(property: Property | undefined, variable = ''): PropertyForm {
  return {
    name: property?.name ?? variable,
    variable: property?.variable_name ?? variable,
    type: property?.type ?? 'FLOAT',
    writable: property?.permission === 'read_write',
    timed: property?.update_strategy === 'timed',
    parameter: property?.update_parameter === undefined ? '' : String(property.update_parameter),
    min: property?.min === undefined ? '' : String(property.min),
    max: property?.max === undefined ? '' : String(property.max),
    persist: property?.persist ?? true,
  }
}

/** "Soil moisture" becomes soil_moisture, a C identifier. */
export function variableOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return /^[0-9]/.test(words) ? `v_${words}` : words
}

/** `known` is the property itself, or what the server says of the type. */
export function isNumeric(type: string, known?: Pick<Property, 'kind'>): boolean {
  const kind = known?.kind ?? propertyType(type)?.kind ?? 'number'
  return kind === 'number' || kind === 'integer'
}

function number(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.').replace('\u2212', '-')
  return trimmed === '' ? undefined : Number(trimmed)
}

export function faultsOf(form: PropertyForm, numeric: boolean): Faults {
  const faults: Faults = {}
  if (form.name.trim() === '') faults.name = 'It needs a name.'
  const variable = form.variable || variableOf(form.name)
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(variable)) faults.variable = 'Letters, digits and _ only, and no digit first: as in the sketch.'
  const parameter = number(form.parameter)
  if (parameter !== undefined && !(parameter >= 0)) faults.parameter = form.timed ? 'A number of seconds.' : 'A number, 0 or more.'
  if (form.timed && !(parameter! > 0)) faults.parameter = 'How many seconds lie between two values?'
  if (numeric) {
    const min = number(form.min)
    const max = number(form.max)
    if (Number.isNaN(min)) faults.min = 'A number, or nothing.'
    if (Number.isNaN(max)) faults.max = 'A number, or nothing.'
    if (min !== undefined && max !== undefined && min >= max) faults.max = 'The highest is above the lowest.'
  }
  return faults
}

function common(form: PropertyForm) {
  return {
    name: form.name.trim(),
    variable_name: form.variable.trim() || variableOf(form.name),
    permission: form.writable ? ('read_write' as const) : ('read_only' as const),
    update_strategy: form.timed ? ('timed' as const) : ('on_change' as const),
    update_parameter: number(form.parameter) ?? 0,
    persist: form.persist,
  }
}

export function createBody(form: PropertyForm, numeric: boolean): CreateProperty {
  const min = number(form.min)
  const max = number(form.max)
  const bounds = numeric ? { ...(min !== undefined && { min }), ...(max !== undefined && { max }) } : {}
  return { ...common(form), type: form.type, ...bounds }
}

export function updateBody(form: PropertyForm, numeric: boolean): UpdateProperty {
  const bounds = numeric ? { min: number(form.min) ?? null, max: number(form.max) ?? null } : {}
  return { ...common(form), ...bounds }
}
