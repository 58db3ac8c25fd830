#include "client/board/greenhouse.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fastness::client {

namespace {

using std::chrono::duration;
using std::chrono::seconds;

constexpr double kFullSun = 42'000;         // lx under glass
constexpr double kDrinksPerHour = 1.1;      // percent points of moisture, in the dark
constexpr double kPumpPerSecond = 0.6;      // fast enough to be seen at once
constexpr double kAirFollows = 1.0 / 1800;  // a second: the air takes about half an hour

// 0 at night, 1 at noon; sunrise at six.
double sun_at(Timestamp now) {
  const auto since_midnight = now - std::chrono::floor<std::chrono::days>(now);
  const double hour = duration<double, std::ratio<3600>>(since_midnight).count();
  return std::max(0.0, std::sin(std::numbers::pi * (hour - 6) / 12));
}

double toward(double from, double to, double share) {
  return from + (to - from) * std::clamp(share, 0.0, 1.0);
}

senml::Record number(std::string name, double value) {
  return {std::move(name), std::nullopt, std::round(value * 100) / 100, std::nullopt, std::nullopt};
}
senml::Record flag(std::string name, bool value) {
  return {std::move(name), std::nullopt, value, std::nullopt, std::nullopt};
}

double as_double(const senml::Record& record, double otherwise) {
  if (!record.value) return otherwise;
  if (const auto* real = std::get_if<double>(&*record.value)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&*record.value)) {
    return static_cast<double>(*integer);
  }
  return otherwise;
}

bool as_bool(const senml::Record& record, bool otherwise) {
  if (record.value) {
    if (const auto* on = std::get_if<bool>(&*record.value)) return *on;
  }
  return as_double(record, otherwise ? 1 : 0) != 0;
}

void say_if_changed(std::vector<senml::Record>& out, const char* name, double value, double step,
                    double& said) {
  if (std::abs(value - said) < step) return;
  said = value;
  out.push_back(number(name, value));
}

}  // namespace

double Greenhouse::noise(double size) {
  return std::uniform_real_distribution<double>(-size, size)(chance_);
}

void Greenhouse::set_soil(double percent) {
  soil_ = std::clamp(percent, 0.0, 100.0);
}

void Greenhouse::advance(duration<double> passed, Timestamp now) {
  const double sun = sun_at(now);
  const double time = passed.count();
  const double drinks = kDrinksPerHour * (1 + 2 * sun) * (time / 3'600);
  set_soil(soil_ - std::min(drinks, soil_ * 0.5) + (pump_ ? kPumpPerSecond * time : 0));
  light_ = std::max(0.0, kFullSun * sun * (0.9 + noise(0.05)) + lamp_ * 12);
  const double warmth = 15 + 13 * sun - (pump_ ? 1.5 : 0);
  temperature_ = toward(temperature_, warmth, time * kAirFollows) + noise(0.04);
  const double moisture = 92 - 45 * sun + (soil_ - 50) * 0.2 + (pump_ ? 8 : 0);
  humidity_ =
      std::clamp(toward(humidity_, moisture, time * kAirFollows * 2) + noise(0.15), 5.0, 100.0);
}

std::vector<GreenhouseMoment> greenhouse_past(Timestamp until, std::chrono::hours length,
                                              std::chrono::minutes step, unsigned seed) {
  Greenhouse greenhouse(seed);
  std::vector<GreenhouseMoment> past;
  constexpr double kDry = 35;
  constexpr double kWatered = 68;
  for (Timestamp time = until - length; time < until; time += step) {
    greenhouse.advance(step, time);
    if (greenhouse.soil() < kDry) greenhouse.set_soil(kWatered);
    past.push_back({time, greenhouse.temperature(), greenhouse.humidity(), greenhouse.soil(),
                    greenhouse.light()});
  }
  return past;
}

GreenhouseSketch::GreenhouseSketch(const Clock& clock, unsigned seed)
    : clock_(clock), greenhouse_(seed) {
  // As it would be by now.
  for (int minute = 0; minute < 120; ++minute) greenhouse_.advance(seconds(60), clock.now());
}

void GreenhouseSketch::written(const senml::Record& record) {
  if (record.name == "pump") greenhouse_.set_pump(as_bool(record, greenhouse_.pump()));
  if (record.name == "lamp:swi") lamp_.on = as_bool(record, lamp_.on);
  if (record.name == "lamp:hue") lamp_.hue = as_double(record, lamp_.hue);
  if (record.name == "lamp:sat") lamp_.saturation = as_double(record, lamp_.saturation);
  if (record.name == "lamp:bri") lamp_.brightness = as_double(record, lamp_.brightness);
  // Comes once, with the last values: the soil was there before this program started.
  if (record.name == "soil") greenhouse_.set_soil(as_double(record, greenhouse_.soil()));
  greenhouse_.set_lamp(lamp_.on ? lamp_.brightness : 0);
}

std::vector<senml::Record> GreenhouseSketch::loop(SteadyTime now) {
  const auto passed = last_ == SteadyTime{} ? SteadyTime::duration::zero() : now - last_;
  greenhouse_.advance(passed, clock_.now());
  last_ = now;
  next_ = now + seconds(2);
  std::vector<senml::Record> out;
  if (!has_said_all_) publish_all_of_owner(out);
  has_said_all_ = true;
  publish_changes(out);
  return out;
}

void GreenhouseSketch::publish_changes(std::vector<senml::Record>& out) {
  say_if_changed(out, "temperature", greenhouse_.temperature(), 0.05, said_temperature_);
  say_if_changed(out, "humidity", greenhouse_.humidity(), 0.2, said_humidity_);
  say_if_changed(out, "soil", greenhouse_.soil(), 0.05, said_soil_);
  say_if_changed(out, "light", greenhouse_.light(), 20, said_light_);
}

void GreenhouseSketch::publish_all_of_owner(std::vector<senml::Record>& out) {
  out.push_back(flag("pump", greenhouse_.pump()));
  out.push_back(flag("lamp:swi", lamp_.on));
  out.push_back(number("lamp:hue", lamp_.hue));
  out.push_back(number("lamp:sat", lamp_.saturation));
  out.push_back(number("lamp:bri", lamp_.brightness));
  // The isle of Mainau. Two decimals would be a kilometre.
  out.push_back({"position:lat", std::nullopt, 47.7047, std::nullopt, std::nullopt});
  out.push_back({"position:lon", std::nullopt, 9.1958, std::nullopt, std::nullopt});
}

WanderingSketch::WanderingSketch(std::string property, Pace pace, unsigned seed)
    : property_(std::move(property)), pace_(pace), chance_(seed) {}

void WanderingSketch::written(const senml::Record& record) {
  if (record.name == property_) value_ = as_double(record, value_);
}

std::vector<senml::Record> WanderingSketch::loop(SteadyTime now) {
  next_ = --pace_.values == 0 ? SteadyTime::max() : now + pace_.interval;
  value_ += std::uniform_real_distribution<double>(-0.5, 0.5)(chance_);
  return {number(property_, value_)};
}

}  // namespace fastness::client
