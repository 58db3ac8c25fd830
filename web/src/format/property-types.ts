/**
 * The property types a person may choose from, by what they measure. The wire names are those of the Arduino
 * type list; the server knows more of them (aliases of other clouds), which are shown under their own name.
 */

export type Kind = 'boolean' | 'integer' | 'number' | 'text' | 'composite'

export interface PropertyType {
  type: string
  label: string
  unit?: string
  kind: Kind
  /** Decimals that suit the unit; three significant digits when absent. */
  decimals?: number
}

export const typeGroups: { name: string; types: PropertyType[] }[] = [
  {
    name: 'Basics',
    types: [
      { type: 'STATUS', label: 'Switch', kind: 'boolean' },
      { type: 'FLOAT', label: 'Number', kind: 'number' },
      { type: 'INT', label: 'Whole number', kind: 'integer' },
      { type: 'CHARSTRING', label: 'Text', kind: 'text' },
      { type: 'PERCENTAGE', label: 'Percentage', unit: '%', kind: 'number', decimals: 0 },
      { type: 'COUNT', label: 'Count', kind: 'integer' },
      { type: 'TIME', label: 'Point in time', kind: 'integer' },
    ],
  },
  {
    name: 'Climate',
    types: [
      { type: 'TEMPERATURE_C', label: 'Temperature', unit: '°C', kind: 'number', decimals: 1 },
      { type: 'TEMPERATURE_F', label: 'Temperature', unit: '°F', kind: 'number', decimals: 1 },
      { type: 'KELVIN', label: 'Temperature', unit: 'K', kind: 'number', decimals: 1 },
      { type: 'PERCENTAGE_RELATIVE_HUMIDITY', label: 'Relative humidity', unit: '%', kind: 'number', decimals: 0 },
      { type: 'PASCAL', label: 'Pressure', unit: 'Pa', kind: 'number', decimals: 0 },
      { type: 'LUX', label: 'Light', unit: 'lx', kind: 'number', decimals: 0 },
      { type: 'METER_PER_SECOND', label: 'Speed', unit: 'm/s', kind: 'number', decimals: 1 },
      { type: 'LENGHT_M', label: 'Length', unit: 'm', kind: 'number' },
      { type: 'PH_VALUE', label: 'Acidity', unit: 'pH', kind: 'number', decimals: 2 },
    ],
  },
  {
    name: 'Electricity',
    types: [
      { type: 'VOLT', label: 'Voltage', unit: 'V', kind: 'number', decimals: 2 },
      { type: 'AMPERE', label: 'Current', unit: 'A', kind: 'number', decimals: 2 },
      { type: 'WATT', label: 'Power', unit: 'W', kind: 'number' },
      { type: 'JOULE', label: 'Energy', unit: 'J', kind: 'number' },
      { type: 'OHM', label: 'Resistance', unit: 'Ω', kind: 'number' },
      { type: 'HERTZ', label: 'Frequency', unit: 'Hz', kind: 'number' },
      { type: 'PERCENTAGE_BATTERY_LEVEL', label: 'Battery', unit: '%', kind: 'number', decimals: 0 },
      { type: 'DECIBEL', label: 'Level', unit: 'dB', kind: 'number', decimals: 0 },
    ],
  },
  {
    name: 'Amounts',
    types: [
      { type: 'KILOGRAM', label: 'Mass', unit: 'kg', kind: 'number' },
      { type: 'LITER', label: 'Volume', unit: 'L', kind: 'number' },
      { type: 'LITER_PER_SECOND', label: 'Flow', unit: 'L/s', kind: 'number' },
      { type: 'METER_PER_SQUARE_SECOND', label: 'Acceleration', unit: 'm/s²', kind: 'number' },
      { type: 'RADIAN', label: 'Angle', unit: 'rad', kind: 'number' },
      { type: 'HEART_RATE', label: 'Heart rate', unit: 'bpm', kind: 'number', decimals: 0 },
    ],
  },
  {
    name: 'Home',
    types: [
      { type: 'HOME_SWITCH', label: 'Home switch', kind: 'boolean' },
      { type: 'HOME_LIGHT', label: 'Light switch', kind: 'boolean' },
      { type: 'HOME_SMART_PLUG', label: 'Smart plug', kind: 'boolean' },
      { type: 'HOME_CONTACT_SENSOR', label: 'Contact', kind: 'boolean' },
      { type: 'HOME_MOTION_SENSOR', label: 'Motion', kind: 'boolean' },
      { type: 'HOME_DIMMED_LIGHT', label: 'Dimmed light', kind: 'composite' },
      { type: 'HOME_COLORED_LIGHT', label: 'Coloured light', kind: 'composite' },
      { type: 'COLOR_HSB', label: 'Colour', kind: 'composite' },
      { type: 'LOCATION', label: 'Location', kind: 'composite' },
      { type: 'HOME_TELEVISION', label: 'Television', kind: 'composite' },
      { type: 'SCHEDULE', label: 'Schedule', kind: 'composite' },
    ],
  },
]

const byName = new Map(typeGroups.flatMap((group) => group.types).map((entry) => [entry.type, entry]))

export function propertyType(type: string): PropertyType | undefined {
  return byName.get(type) ?? byName.get(type.replace(/^(SMART_HOME_|GOOGLE_HOME_)/, 'HOME_'))
}

/** Decimals by unit, for types that are known by their wire name only. */
const unitDecimals: Record<string, number> = { '%': 0, '°C': 1, '°F': 1, K: 1, lx: 0, Pa: 0, hPa: 0, 'm/s': 1, V: 2, A: 2 }

export function typeDecimals(type: string, unit: string | undefined): number | undefined {
  const known = propertyType(type)
  return known ? known.decimals : unitDecimals[unit ?? '']
}

/** ELECTRIC_POTENTIAL becomes "Electric potential". */
function readable(type: string): string {
  const words = type.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "Temperature, °C", "Switch"; a type that is not in the groups by its readable wire name. */
export function typeLabel(type: string, unit?: string): string {
  const known = propertyType(type)
  const label = known?.label ?? readable(type)
  const shown = unit || known?.unit
  return shown ? `${label}, ${shown}` : label
}
