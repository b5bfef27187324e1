// CRC-32C (Castagnoli), with the processor's instruction where it has one.
#ifndef HOLDFAST_CRC32C_H_
#define HOLDFAST_CRC32C_H_

#include <cstddef>
#include <cstdint>

namespace holdfast {

// Continues from `seed`, the checksum of what came before (0 to start).
uint32_t Crc32c(const void* bytes, size_t length, uint32_t seed);
// The same without special instructions.
uint32_t Crc32cByTable(const void* bytes, size_t length, uint32_t seed);

}  // namespace holdfast

#endif  // HOLDFAST_CRC32C_H_
