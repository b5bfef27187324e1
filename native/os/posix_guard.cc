// Shared mappings whose file may be cut under them: a touch is then SIGBUS, which ends the process.
// Here it ends the mapping instead: memory of this process takes its place.
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <mutex>

#include "os/posix.h"

namespace holdfast {

namespace {

// One for each mapping. The handler reads them without a lock.
struct GuardedRange {
  std::atomic<uintptr_t> begin{0};
  std::atomic<size_t> bytes{0};
  std::atomic<void*> substitute{nullptr};  // what takes the mapping's place; taken once
  std::atomic<bool> lost{false};
};

constexpr size_t kGuardedMax = 1024;
GuardedRange guarded[kGuardedMax];
std::mutex guard_mutex;
struct sigaction previous_action;

GuardedRange* Find(uintptr_t address) {
  for (GuardedRange& each : guarded) {
    const uintptr_t begin = each.begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address - begin < each.bytes) return &each;
  }
  return nullptr;
}

// Puts the substitute in the mapping's place. In one step where the system can, so that no thread
// finds nothing there.
void Substitute(GuardedRange& each) {
  void* substitute = each.substitute.exchange(nullptr);
  // Another thread is at it: this one's access is tried again until it has done so.
  if (substitute == nullptr) return;
  void* place = reinterpret_cast<void*>(each.begin.load());
#ifdef __linux__
  ::mremap(substitute, each.bytes, each.bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place);
#else
  ::mmap(place, each.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);
  std::memcpy(place, substitute, each.bytes);
  ::munmap(substitute, each.bytes);
#endif
}

// Any other fault goes to the handler that was there before.
void PassOn(int signal, siginfo_t* info, void* context) {
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  } else {
    // Back to a program without this handler: the fault comes again and ends it, with its own
    // signal. One that was sent does not come again by itself.
    ::sigaction(SIGBUS, &previous_action, nullptr);
    if (info->si_code <= 0) ::raise(SIGBUS);
  }
}

void OnBusError(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  // Positive: a fault of this thread, not a signal that was sent.
  GuardedRange* range =
      info->si_code > 0 ? Find(reinterpret_cast<uintptr_t>(info->si_addr)) : nullptr;
  if (range == nullptr) return PassOn(signal, info, context);
  range->lost.store(true, std::memory_order_release);
  Substitute(*range);
  errno = error;
}

Status Install(const std::string& path) {
  struct sigaction action = {};
  struct sigaction current;
  if (::sigaction(SIGBUS, nullptr, &current) != 0) return Status(errno, "sigaction", path);
  // Again for each mapping: something else may have taken the signal since.
  if ((current.sa_flags & SA_SIGINFO) != 0 && current.sa_sigaction == OnBusError) return Status();
  previous_action = current;
  PinModule();
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return ::sigaction(SIGBUS, &action, nullptr) == 0 ? Status() : Status(errno, "sigaction", path);
}

void* Private(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

Status MapShared(const File& file, const std::string& path, size_t bytes, const void* when_lost,
                 void** out) {
  std::lock_guard<std::mutex> lock(guard_mutex);
  if (Status status = Install(path); !status.ok()) return status;
  GuardedRange* free = nullptr;
  for (GuardedRange& each : guarded)
    if (free == nullptr && each.begin == 0) free = &each;
  void* substitute = free == nullptr ? nullptr : Private(bytes);
  if (substitute == nullptr) return Status(ENOMEM, "mmap", path);
  std::memcpy(substitute, when_lost, bytes);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, Fd(file), 0);
  if (memory == MAP_FAILED) {
    const Status status(errno, "mmap", path);
    ::munmap(substitute, bytes);
    return status;
  }
  free->bytes = bytes;
  free->substitute = substitute;
  free->lost = false;
  free->begin.store(reinterpret_cast<uintptr_t>(memory), std::memory_order_release);
  *out = memory;
  return Status();
}

bool WasLost(const void* memory) {
  const GuardedRange* each = Find(reinterpret_cast<uintptr_t>(memory));
  return each != nullptr && each->lost.load(std::memory_order_acquire);
}

void LetGo(void* memory, size_t bytes) {
  std::lock_guard<std::mutex> lock(guard_mutex);
  GuardedRange* each = Find(reinterpret_cast<uintptr_t>(memory));
  void* last = Private(bytes);
  if (each == nullptr || last == nullptr) return;  // it goes with Unmap
  std::memcpy(last, memory, bytes);
  void* unused = each->substitute.exchange(last);
  if (unused == nullptr) {  // lost: there is no file under it any more
    each->substitute = nullptr;
    ::munmap(last, bytes);
    return;
  }
  ::munmap(unused, bytes);
  Substitute(*each);
}

void Unmap(void* memory, size_t bytes) {
  std::lock_guard<std::mutex> lock(guard_mutex);
  if (GuardedRange* each = Find(reinterpret_cast<uintptr_t>(memory)); each != nullptr) {
    each->begin = 0;
    if (void* unused = each->substitute.exchange(nullptr); unused != nullptr)
      ::munmap(unused, bytes);
  }
  ::munmap(memory, bytes);
}

}  // namespace holdfast
