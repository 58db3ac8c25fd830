// The tests think in one place and one language, wherever they run.
process.env.TZ = 'UTC'
