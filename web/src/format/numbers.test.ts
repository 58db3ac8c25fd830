import { expect, test } from 'vitest'
import { countInWords, decimalsFor, formatAxis, formatBytes, formatNumber, formatRoundBytes, plural, withUnit } from './numbers'

test('a number keeps its decimals, with a true minus', () => {
  expect(formatNumber(23.4, 1, 'en')).toBe('23.4')
  expect(formatNumber(23, 1, 'en')).toBe('23.0')
  expect(formatNumber(-18.2, 1, 'en')).toBe('\u221218.2')
  expect(formatNumber(38200, 0, 'en')).toBe('38,200')
})

test('what rounds to nothing has no minus', () => {
  expect(formatNumber(-0.04, 1, 'en')).toBe('0.0')
})

test('unknown is a dash, never 0', () => {
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) expect(formatNumber(value)).toBe('–')
  expect(withUnit('–', '°C')).toBe('–')
})

test('three significant digits without a rule of its own', () => {
  expect([3.14159, 23.44, 412.6, 0.0123].map((value) => formatNumber(value, undefined, 'en'))).toEqual(['3.14', '23.4', '413', '0.0123'])
  expect(decimalsFor(0)).toBe(1)
})

test('the unit follows a narrow space that does not break', () => {
  expect(withUnit('23.4', '°C')).toBe('23.4\u202f°C')
  expect(withUnit('Closed', undefined)).toBe('Closed')
})

test('k and M only from ten thousand', () => {
  expect(formatAxis(9_999, 'en')).toBe('9,999')
  expect(formatAxis(12_000, 'en')).toBe('12\u202fk')
  expect(formatAxis(-3_400_000, 'en')).toBe('\u22123.4\u202fM')
})

test('bytes are binary in facts and round in sentences', () => {
  expect(formatBytes(3_328_599_654, 'en')).toBe('3.1\u00a0GiB')
  expect(formatRoundBytes(3_100_000_000, 'en')).toBe('3.1\u00a0GB')
  expect(formatBytes(0, 'en')).toBe('0\u00a0B')
})

test('words for the title, figures beyond twelve', () => {
  expect(countInWords(2)).toBe('Two')
  expect(countInWords(38)).toBe('38')
  expect(plural(1, 'day', 'days')).toBe('1\u00a0day')
})
