#pragma once

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/board/fleet.h"
#include "senml/pack.h"

namespace fastness::client {

// A small greenhouse: sun and warmth follow the day, plants drink, the pump waters the soil, moist
// soil makes moist air. Pure: the caller says how much time passes. Thread-compatible.
class Greenhouse {
 public:
  explicit Greenhouse(unsigned seed) : chance_(seed) {}

  // Lets `passed` go by, up to the moment `now` of the day.
  void advance(std::chrono::duration<double> passed, Timestamp now);

  [[nodiscard]] double temperature() const { return temperature_; }  // °C
  [[nodiscard]] double humidity() const { return humidity_; }        // % relative
  [[nodiscard]] double soil() const { return soil_; }                // % moisture
  [[nodiscard]] double light() const { return light_; }              // lx
  [[nodiscard]] bool pump() const { return pump_; }

  void set_pump(bool on) { pump_ = on; }
  void set_soil(double percent);
  // What the lamp adds, 0 to 100.
  void set_lamp(double brightness) { lamp_ = brightness; }

 private:
  [[nodiscard]] double noise(double size);

  std::mt19937 chance_;
  double temperature_ = 20;
  double humidity_ = 60;
  double soil_ = 62;
  double light_ = 0;
  double lamp_ = 0;
  bool pump_ = false;
};

// One moment of the past, for back-filling.
struct GreenhouseMoment {
  Timestamp time;
  double temperature;
  double humidity;
  double soil;
  double light;
};

// The days before `until`, a moment every `step`, with somebody who waters when the soil is dry.
[[nodiscard]] std::vector<GreenhouseMoment> greenhouse_past(Timestamp until,
                                                            std::chrono::hours length,
                                                            std::chrono::minutes step,
                                                            unsigned seed);

// The greenhouse's board: publishes what changed, every two seconds, and does what it is told.
class GreenhouseSketch final : public Fleet::Sketch {
 public:
  // `clock` must outlive it.
  GreenhouseSketch(const Clock& clock, unsigned seed);

  void written(const senml::Record& record) override;
  std::vector<senml::Record> loop(SteadyTime now) override;
  [[nodiscard]] SteadyTime next() const override { return next_; }

 private:
  struct Lamp {
    bool on = false;
    double hue = 36;
    double saturation = 80;
    double brightness = 60;
  };

  void publish_changes(std::vector<senml::Record>& out);
  void publish_all_of_owner(std::vector<senml::Record>& out);

  const Clock& clock_;
  Greenhouse greenhouse_;
  Lamp lamp_;
  SteadyTime next_{};
  SteadyTime last_{};
  bool has_said_all_ = false;
  double said_temperature_ = -1'000;
  double said_humidity_ = -1'000;
  double said_soil_ = -1'000;
  double said_light_ = -1'000;
};

// A board with nothing but a value that wanders: what `simulate` makes many of.
class WanderingSketch final : public Fleet::Sketch {
 public:
  struct Pace {
    std::chrono::milliseconds interval;
    std::uint64_t values = UINT64_MAX;  // how many, then none
  };

  WanderingSketch(std::string property, Pace pace, unsigned seed);

  void written(const senml::Record& record) override;
  std::vector<senml::Record> loop(SteadyTime now) override;
  [[nodiscard]] SteadyTime next() const override { return next_; }

 private:
  std::string property_;
  Pace pace_;
  std::mt19937 chance_;
  double value_ = 20;
  SteadyTime next_{};
};

}  // namespace fastness::client
