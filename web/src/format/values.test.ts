import { expect, test } from 'vitest'
import type { Property } from '../api/types'
import { colourWord, hexToHsb, hsbToHex } from './color'
import { colonHex, groupHex, sealBits } from './ids'
import { typeLabel } from './property-types'
import { rangeFault, rangeText, showValue, valueText } from './values'

function property(overrides: Partial<Property>): Property {
  return {
    id: 'p', thing_id: 't', name: 'Soil', variable_name: 'soil', type: 'FLOAT', kind: 'number',
    permission: 'read_only', update_strategy: 'on_change', persist: true, ...overrides,
  }
}

test('numbers by their type, with the unit that it implies', () => {
  expect(valueText(property({ type: 'TEMPERATURE_C' }), 23.44)).toBe('23.4\u202f°C')
  expect(valueText(property({ type: 'PERCENTAGE' }), 41.3)).toBe('41\u202f%')
  expect(valueText(property({ type: 'TEMPERATURE_C', unit: 'K' }), 300)).toBe('300.0\u202fK')
  expect(valueText(property({ min: 0, max: 10 }), 3)).toBe('3.0')
  expect(valueText(property({ kind: 'integer', type: 'INT' }), 3)).toBe('3')
})

test('a type that is known by its wire name only', () => {
  expect(valueText(property({ type: 'TEMPERATURE', unit: '°C' }), 22.75)).toBe('22.8\u202f°C')
  expect(valueText(property({ type: 'ENERGY', unit: '' }), 3)).toBe('3')
  expect(typeLabel('ELECTRIC_POTENTIAL', 'V')).toBe('Electric potential, V')
})

test('switches in the words of their type', () => {
  const door = property({ type: 'HOME_CONTACT_SENSOR', kind: 'boolean' })
  expect(showValue(door, true)).toEqual({ text: 'Open', word: true })
  expect(valueText(property({ type: 'SMART_HOME_CONTACT_SENSOR', kind: 'boolean' }), false)).toBe('Closed')
  expect(valueText(property({ type: 'STATUS', kind: 'boolean' }), true)).toBe('On')
})

test('composites read as a sentence', () => {
  const lamp = property({ type: 'HOME_COLORED_LIGHT', kind: 'composite' })
  expect(valueText(lamp, { swi: true, hue: 35, sat: 40, bri: 60 })).toBe('On, 60\u202f% warm white')
  expect(valueText(lamp, { swi: false, hue: 35, sat: 40, bri: 60 })).toBe('Off')
  expect(valueText(property({ type: 'LOCATION', kind: 'composite' }), { lat: 45.46, lon: -9.19 })).toBe('45.4600, \u22129.1900')
  expect(valueText(property({ type: 'GENERIC_COMPLEX_PROPERTY', kind: 'composite' }), { a: 1, b: 'x' })).toBe('a 1, b x')
})

test('no value is a dash', () => {
  expect(valueText(property({}), undefined)).toBe('–')
})

test('ranges as words, and faults as sentences', () => {
  const soil = property({ min: 0, max: 100 })
  expect(rangeText(soil)).toBe('0 to 100')
  expect(rangeText(property({ min: -20 }))).toBe('at least \u221220')
  expect(rangeText(property({}))).toBe('–')
  expect(rangeFault(soil, 50)).toBeUndefined()
  expect(rangeFault(soil, 101)).toBe('Soil goes from 0 to 100.')
  expect(rangeFault(soil, Number.NaN)).toBe('Soil is a number.')
  expect(rangeFault(property({ kind: 'integer', name: 'Count' }), 1.5)).toBe('Count is a whole number.')
})

test('colours come back as they went', () => {
  for (const hsb of [{ hue: 0, sat: 100, bri: 100 }, { hue: 120, sat: 50, bri: 80 }, { hue: 300, sat: 100, bri: 100 }]) {
    expect(hexToHsb(hsbToHex(hsb))).toEqual(hsb)
  }
  expect(hsbToHex({ hue: 240, sat: 100, bri: 100 })).toBe('#0000ff')
  expect(colourWord({ hue: 0, sat: 0, bri: 100 })).toBe('white')
  expect(colourWord({ hue: 230, sat: 90, bri: 100 })).toBe('blue')
})

test('fingerprints in groups, serials by the byte', () => {
  expect(groupHex('b71e4c09a5d2')).toBe('B71E 4C09 A5D2')
  expect(groupHex('not hex')).toBe('not hex')
  expect(colonHex('3c0d91e7')).toBe('3C:0D:91:E7')
})

test('a seal is the first 32 bits, most significant first', () => {
  expect(sealBits('80000001ff').map(Number).join('')).toBe('10000000000000000000000000000001')
  expect(sealBits('xyz')).toEqual([])
})
