import { expect, test } from 'vitest'
import { fileName, toCsv } from './csv'

test('quotes what RFC 4180 asks to quote', () => {
  expect(toCsv(['time', 'Soil, %'], [['2026-02-10T14:30:00.000Z', 41.5], ['say "wet"', null]])).toBe(
    'time,"Soil, %"\r\n2026-02-10T14:30:00.000Z,41.5\r\n"say ""wet""",\r\n',
  )
})

test('numbers stay numbers, also below zero, and what is no number is empty', () => {
  expect(toCsv(['v'], [[-18.2], [Number.NaN], [true]])).toBe('v\r\n-18.2\r\n\r\ntrue\r\n')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('the text %j is never run as a formula', (text) => {
  expect(toCsv(['v'], [[text]]).split('\r\n')[1]!.replace(/^"/, '')).toMatch(/^'/)
})

test('file names that every system takes', () => {
  expect(fileName('Gewächshaus Nord / 2', '2026-02-10')).toBe('gewachshaus-nord-2-2026-02-10.csv')
  expect(fileName('../..')).toBe('export.csv')
})
