// Journal frames, byte for byte as src/format/frame.ts describes them.
#ifndef HOLDFAST_FRAME_H_
#define HOLDFAST_FRAME_H_

#include <cstdint>
#include <vector>

#include "core/volume.h"

namespace holdfast {

// What follows, in a file that was made longer, is not part of the journal.
constexpr uint64_t kSegmentBytesMax = uint64_t{256} << 20;
constexpr size_t kBlockBytes = 4096;
constexpr size_t kFrameHeaderBytes = 64;
constexpr uint32_t kFrameMagic = 0x314a4648;

enum FrameKind : uint32_t { kCommitFrame = 0, kCheckpointFrame = 1, kVoidFrame = 2 };

struct FrameHeader {
  uint64_t salt = 0;
  uint64_t lsn = 0;
  uint64_t durable_through = 0;
  uint32_t previous = 0;
  uint32_t transactions = 0;
  uint64_t time_ms = 0;
  FrameKind kind = kCommitFrame;
};

constexpr size_t FrameBytes(size_t payload_bytes) {
  return (kFrameHeaderBytes + payload_bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

// A zeroed frame with room for a payload, which goes to `kFrameHeaderBytes`.
Bytes NewFrame(size_t payload_bytes);
// Writes the header before the payload that is there; returns the checksum that seeds the next
// frame.
uint32_t SealFrame(const FrameHeader& header, size_t payload_bytes, Bytes* frame);
// Whether the bytes begin with the header of the frame `lsn` of the epoch `salt`.
bool IsFrame(const uint8_t* header, uint64_t salt, uint64_t lsn);
// The withdrawal of transactions, by their places in the frame `lsn`.
Bytes VoidPayload(uint64_t lsn, const std::vector<uint32_t>& places);

}  // namespace holdfast

#endif  // HOLDFAST_FRAME_H_
