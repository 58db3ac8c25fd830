#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace fastness {

// A list of small values, for very many lists that mostly have one element: the first lies in the
// list itself, and only more of them take memory elsewhere. 16 bytes, where a std::vector has 24
// and an allocation. Pointers to elements are good until the next change. Move-only.
// Thread-compatible.
template <typename T>
class Few {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(void*));

 public:
  Few() = default;
  Few(Few&& other) noexcept { swap(other); }
  Few& operator=(Few&& other) noexcept {
    Few taken(std::move(other));
    swap(taken);
    return *this;
  }
  Few(const Few&) = delete;
  Few& operator=(const Few&) = delete;
  ~Few() {
    if (!is_inside()) std::allocator<T>().deallocate(place_.elsewhere, capacity_);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T* data() { return is_inside() ? &place_.inside : place_.elsewhere; }
  [[nodiscard]] const T* data() const { return is_inside() ? &place_.inside : place_.elsewhere; }
  [[nodiscard]] T* begin() { return data(); }
  [[nodiscard]] T* end() { return data() + size_; }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size_; }

  void push_back(T item) {
    if (size_ == capacity_) grow();
    std::construct_at(data() + size_, item);
    ++size_;
  }

  // Precondition: `position` is an element's. The others keep their order.
  void erase(const T* position) {
    T* at = begin() + (position - begin());
    std::copy(at + 1, end(), at);
    --size_;
    if (empty()) *this = {};
  }

 private:
  static constexpr std::uint32_t kInside = 1;

  union Place {
    Place() : elsewhere(nullptr) {}
    T* elsewhere;
    T inside;
  };

  [[nodiscard]] bool is_inside() const { return capacity_ == kInside; }

  void grow() {
    Few larger;
    larger.capacity_ = 2 * capacity_;
    larger.place_.elsewhere = std::allocator<T>().allocate(larger.capacity_);
    larger.size_ = size_;
    std::uninitialized_copy(begin(), end(), larger.begin());
    swap(larger);
  }

  void swap(Few& other) noexcept {
    std::swap(place_, other.place_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  Place place_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = kInside;
};

}  // namespace fastness
