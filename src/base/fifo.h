#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace fastness {

// First in, first out, in one block of memory that is given back whenever it empties, unless it is
// one for at most `kKept` elements: for queues that are many and mostly empty. (An empty std::deque
// holds more than 500 bytes.) Pointers and iterators are good until the next change.
// Thread-compatible.
template <typename T, std::size_t kKept = 0>
class Fifo {
 public:
  using iterator = typename std::vector<T>::iterator;
  using const_iterator = typename std::vector<T>::const_iterator;

  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t size() const { return items_.size() - head_; }

  // Preconditions of the six below: there is such an element.
  [[nodiscard]] T& front() { return items_[head_]; }
  [[nodiscard]] const T& front() const { return items_[head_]; }
  [[nodiscard]] T& back() { return items_.back(); }
  [[nodiscard]] T& operator[](std::size_t index) { return items_[head_ + index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return items_[head_ + index]; }
  void pop_front() {
    static_cast<void>(T(std::move(items_[head_])));  // lets go of what it holds
    ++head_;
    tidy();
  }

  void push_back(T item) { items_.push_back(std::move(item)); }
  // Costs as much as there are elements before it or behind it, whichever are fewer.
  iterator erase(const_iterator position) {
    const std::ptrdiff_t index = position - begin();
    if (index < static_cast<std::ptrdiff_t>(size()) / 2) {
      std::move_backward(begin(), begin() + index, begin() + index + 1);
      pop_front();
    } else {
      items_.erase(position);
      tidy();
    }
    return begin() + (empty() ? 0 : index);
  }
  void clear() {
    items_.clear();
    if (items_.capacity() > kKept) items_ = {};
    head_ = 0;
  }

  [[nodiscard]] iterator begin() { return items_.begin() + offset(); }
  [[nodiscard]] iterator end() { return items_.end(); }
  [[nodiscard]] const_iterator begin() const { return items_.begin() + offset(); }
  [[nodiscard]] const_iterator end() const { return items_.end(); }

 private:
  [[nodiscard]] std::ptrdiff_t offset() const { return static_cast<std::ptrdiff_t>(head_); }

  void tidy() {
    if (empty()) return clear();
    // Each element is moved at most once for each that was popped.
    constexpr std::size_t kFew = 16;
    if (head_ < kFew || head_ < items_.size() / 2) return;
    items_.erase(items_.begin(), items_.begin() + offset());
    head_ = 0;
  }

  std::vector<T> items_;
  std::size_t head_ = 0;  // those before it were popped
};

}  // namespace fastness
