#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace fastness::net {

// A piece of work for another turn or thread, run at most once. Unlike std::function it may hold
// what can only be moved; like it, it is made of any callable. Move-only.
class Task {
 public:
  template <typename Work>
  requires(!std::same_as<std::remove_cvref_t<Work>, Task> &&
           std::invocable<std::remove_cvref_t<Work>&>)
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
      Task(Work&& work)
      : body_(std::make_unique<Body<std::remove_cvref_t<Work>>>(std::forward<Work>(work))) {}

  void operator()() { body_->run(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void run() = 0;
  };
  template <typename Work>
  struct Body final : Base {
    explicit Body(Work&& body) : work(std::move(body)) {}
    explicit Body(const Work& body) : work(body) {}
    void run() override { work(); }
    Work work;
  };

  std::unique_ptr<Base> body_;
};

}  // namespace fastness::net
