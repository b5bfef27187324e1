// The shared page: where the journal ends and what is published. src/format/page.ts says what
// each field means.
#ifndef HOLDFAST_PAGE_H_
#define HOLDFAST_PAGE_H_

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>

#include "os/platform.h"

namespace holdfast {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

constexpr size_t kPageBytes = 4096;

enum PageState : uint32_t { kIdle = 0, kCommitting = 1, kPoisoned = 2 };

struct Position {
  uint64_t segment = 0;
  uint64_t offset = 0;
  uint64_t lsn = 0;
  uint32_t chain = 0;

  bool operator==(const Position& other) const = default;
};

// The mapping. JavaScript's view and the committer share it; the last of them unmaps it.
class Page {
 public:
  Page() = default;
  ~Page() {
    if (memory_ != nullptr && last_ == nullptr) Unmap(memory_, kPageBytes);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // Once, before anything else.
  Status Map(const File& file, const std::string& path) {
    void* memory = nullptr;
    // A page without the magic number, of an unknown generation, where nothing is written.
    uint32_t when_lost[kPageBytes / sizeof(uint32_t)] = {};
    when_lost[kState / sizeof(uint32_t)] = kPoisoned;
    when_lost[kGeneration / sizeof(uint32_t)] = UINT32_MAX;
    Status status = MapShared(file, path, kPageBytes, when_lost, &memory);
    if (status.ok()) memory_ = static_cast<uint8_t*>(memory);
    return status;
  }

  enum Field : size_t {
    kMagic = 0,
    kState = 4,
    kGeneration = 8,
    kChain = 12,
    kSalt = 16,
    kSegment = 24,
    kOffset = 32,
    kCommitted = 40,
    kPublished = 48,
    kDurable = 56,
    kCheckpoint = 64,
  };

  void* memory() const { return memory_; }
  // Its file was cut or cannot be read any more: what is here now is this process's own.
  bool lost() const { return WasLost(memory_); }
  // For all processes: what is in the file is not what they have written.
  void Spoil() {
    Word(kMagic)->store(0, std::memory_order_relaxed);
    set_state(kPoisoned);
  }
  // Nothing of the file is held any more; JavaScript may still look at the page, as it was.
  void LetGo() {
    if (CanReplaceMappings()) return holdfast::LetGo(memory_, kPageBytes);
    std::unique_ptr<uint8_t[]> last(new (std::nothrow) uint8_t[kPageBytes]);
    if (last == nullptr) return;  // it goes with Unmap
    std::lock_guard<std::mutex> lock(mutex_);
    std::memcpy(last.get(), memory_, kPageBytes);
    Unmap(std::exchange(memory_, last.get()), kPageBytes);
    last_ = std::move(last);
  }
  uint32_t state() const { return Word(kState)->load(std::memory_order_acquire); }
  void set_state(uint32_t state) { Word(kState)->store(state, std::memory_order_release); }
  // From committing to idle; a poisoning in between stays.
  void EndCommit() {
    uint32_t expected = kCommitting;
    Word(kState)->compare_exchange_strong(expected, kIdle, std::memory_order_acq_rel);
  }
  // Never back: flushes end in any order.
  void RaiseDurable(uint64_t lsn) {
    uint64_t known = Get(kDurable);
    while (known < lsn && !Long(kDurable)->compare_exchange_weak(known, lsn)) continue;
  }
  uint32_t chain() const { return Word(kChain)->load(std::memory_order_relaxed); }
  void set_chain(uint32_t chain) { Word(kChain)->store(chain, std::memory_order_relaxed); }
  // Released last: who sees the new generation sees the files it stands for.
  void set_generation(uint32_t value) {
    Word(kGeneration)->store(value, std::memory_order_release);
  }

  uint64_t Get(Field field) const { return Long(field)->load(std::memory_order_relaxed); }
  void Set(Field field, uint64_t value) { Long(field)->store(value, std::memory_order_relaxed); }

  // For JavaScript that has no view of the mapping. `bytes`: a multiple of eight; no number is
  // torn.
  void Read(uint8_t* out, size_t bytes) const {
    std::lock_guard<std::mutex> lock(mutex_);
    for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
      const uint64_t value = Long(at)->load(std::memory_order_acquire);
      std::memcpy(out + at, &value, sizeof(value));
    }
  }
  // `at` and `bytes`: multiples of four. Exactly eight are one number.
  void Write(size_t at, const uint8_t* from, size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (bytes == sizeof(uint64_t) && at % sizeof(uint64_t) == 0) {
      uint64_t value;
      std::memcpy(&value, from, sizeof(value));
      return Long(at)->store(value, std::memory_order_release);
    }
    for (size_t done = 0; done < bytes; done += sizeof(uint32_t)) {
      uint32_t value;
      std::memcpy(&value, from + done, sizeof(value));
      Word(at + done)->store(value, std::memory_order_release);
    }
  }

  Position position() const {
    return Position{Get(kSegment), Get(kOffset), Get(kCommitted), chain()};
  }
  void set_position(const Position& position) {
    Set(kSegment, position.segment);
    Set(kOffset, position.offset);
    set_chain(position.chain);
    Set(kCommitted, position.lsn);
  }

 private:
  using AtomicWord = std::atomic<uint32_t>;
  using AtomicLong = std::atomic<uint64_t>;
  static_assert(AtomicWord::is_always_lock_free && sizeof(AtomicWord) == 4);
  static_assert(AtomicLong::is_always_lock_free && sizeof(AtomicLong) == 8);

  AtomicWord* Word(size_t at) const { return reinterpret_cast<AtomicWord*>(memory_ + at); }
  AtomicLong* Long(size_t at) const { return reinterpret_cast<AtomicLong*>(memory_ + at); }

  uint8_t* memory_ = nullptr;
  // Where a mapping cannot be replaced: the bytes that `memory_` had when it was let go.
  std::unique_ptr<uint8_t[]> last_;
  // Between LetGo and those who look at the page from JavaScript; the committer itself outlives its
  // calls.
  mutable std::mutex mutex_;
};

}  // namespace holdfast

#endif  // HOLDFAST_PAGE_H_
