#include "core/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#define HOLDFAST_CRC_X64 1
#include <nmmintrin.h>
#ifndef _MSC_VER
#include <cpuid.h>
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
#define HOLDFAST_CRC_ARM 1
#ifndef _MSC_VER
#include <arm_acle.h>
#endif
#ifdef __linux__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#ifdef _WIN32
#include "os/windows_api.h"
#endif
#endif

#ifdef _MSC_VER
#include <intrin.h>
#endif

// Compiles one function for processors that have the instruction.
#if defined(_MSC_VER)
#define HOLDFAST_CRC_TARGET
#elif defined(HOLDFAST_CRC_X64) && defined(__clang__)
#define HOLDFAST_CRC_TARGET __attribute__((target("sse4.2,crc32")))
#elif defined(HOLDFAST_CRC_X64)
#define HOLDFAST_CRC_TARGET __attribute__((target("sse4.2")))
#elif defined(__clang__)
#define HOLDFAST_CRC_TARGET __attribute__((target("crc")))
#else
#define HOLDFAST_CRC_TARGET __attribute__((target("+crc")))
#endif

namespace holdfast {

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41, bits reversed

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    table[byte] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

#ifdef HOLDFAST_CRC_X64

bool HasInstruction() {
  constexpr unsigned int kSse42 = 1u << 20;
#ifdef _MSC_VER
  int facts[4];
  __cpuid(facts, 1);
  return (static_cast<unsigned int>(facts[2]) & kSse42) != 0;
#else
  // Not __builtin_cpu_supports: it needs a part of the compiler's runtime that some have not.
  unsigned int a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & kSse42) != 0;
#endif
}

HOLDFAST_CRC_TARGET
uint32_t ByInstruction(const uint8_t* bytes, size_t length, uint32_t seed) {
  uint64_t value = ~seed;
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    value = _mm_crc32_u64(value, word);
  }
  auto rest = static_cast<uint32_t>(value);
  for (; length > 0; bytes++, length--) rest = _mm_crc32_u8(rest, *bytes);
  return ~rest;
}

#elif defined(HOLDFAST_CRC_ARM)

bool HasInstruction() {
#if defined(__linux__)
  return (::getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#elif defined(_WIN32)
  return ::IsProcessorFeaturePresent(PF_ARM_V8_CRC32_INSTRUCTIONS_AVAILABLE) != 0;
#else
  return true;  // every Apple processor
#endif
}

HOLDFAST_CRC_TARGET
uint32_t ByInstruction(const uint8_t* bytes, size_t length, uint32_t seed) {
  uint32_t value = ~seed;
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    value = __crc32cd(value, word);
  }
  for (; length > 0; bytes++, length--) value = __crc32cb(value, *bytes);
  return ~value;
}

#else

bool HasInstruction() { return false; }

uint32_t ByInstruction(const uint8_t* bytes, size_t length, uint32_t seed) {
  return Crc32cByTable(bytes, length, seed);
}

#endif

}  // namespace

uint32_t Crc32c(const void* bytes, size_t length, uint32_t seed) {
  static const bool has_instruction = HasInstruction();
  if (!has_instruction) return Crc32cByTable(bytes, length, seed);
  return ByInstruction(static_cast<const uint8_t*>(bytes), length, seed);
}

uint32_t Crc32cByTable(const void* bytes, size_t length, uint32_t seed) {
  uint32_t value = ~seed;
  const auto* at = static_cast<const uint8_t*>(bytes);
  for (const uint8_t* end = at + length; at != end; at++)
    value = (value >> 8) ^ kTable[(value ^ *at) & 0xff];
  return ~value;
}

}  // namespace holdfast
