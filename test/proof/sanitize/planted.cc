// Faults on purpose, one a function: the proof that a tool would have seen one in the addon.
#include <node_api.h>

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

namespace {

// Volatile, or the compiler would see through it and leave the fault out.
volatile size_t ten = 10;

void Overflow() {
  auto* bytes = static_cast<volatile char*>(std::malloc(ten));
  bytes[ten] = 1;
  std::free(const_cast<char*>(bytes));
}

void AfterFree() {
  auto* bytes = static_cast<volatile char*>(std::malloc(ten));
  std::free(const_cast<char*>(bytes));
  bytes[1] = 1;
}

void Leak() {
  void* volatile lost = std::malloc(ten * 1000);
  std::memset(lost, 1, ten);
  lost = nullptr;
}

void Undefined() {
  volatile int large = INT_MAX;
  large = large + static_cast<int>(ten);
}

void Race() {
  int shared = 0;
  std::thread other([&shared] {
    for (size_t round = 0; round < 1000; round++) shared = shared + 1;
  });
  for (size_t round = 0; round < 1000; round++) shared = shared + 1;
  other.join();
  ten = static_cast<size_t>(shared > 0 ? 10 : 11);
}

// Nobody hangs here; two threads that did this at the same time would.
void LockOrder() {
  static std::mutex one;
  static std::mutex two;
  {
    std::lock_guard<std::mutex> first(one);
    std::lock_guard<std::mutex> second(two);
  }
  std::lock_guard<std::mutex> first(two);
  std::lock_guard<std::mutex> second(one);
}

template <void (*Fault)()>
napi_value Call(napi_env, napi_callback_info) {
  Fault();
  return nullptr;
}

napi_value Initialise(napi_env env, napi_value exports) {
  const napi_property_descriptor faults[] = {
      {"overflow", nullptr, Call<Overflow>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"after-free", nullptr, Call<AfterFree>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"leak", nullptr, Call<Leak>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"undefined", nullptr, Call<Undefined>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"race", nullptr, Call<Race>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"lock-order", nullptr, Call<LockOrder>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof faults / sizeof faults[0], faults);
  return exports;
}

}  // namespace

NAPI_MODULE(planted, Initialise)
