#include "core/frame.h"

#include <cstring>

#include "core/crc32c.h"

namespace holdfast {

namespace {

template <typename Number>
void Put(Bytes* bytes, size_t offset, Number value) {
  std::memcpy(bytes->data() + offset, &value, sizeof value);
}

}  // namespace

Bytes NewFrame(size_t payload_bytes) { return Bytes(FrameBytes(payload_bytes)); }

uint32_t SealFrame(const FrameHeader& header, size_t payload_bytes, Bytes* frame) {
  Put<uint32_t>(frame, 0, kFrameMagic);
  Put<uint64_t>(frame, 8, header.salt);
  Put<uint64_t>(frame, 16, header.lsn);
  Put<uint64_t>(frame, 24, header.durable_through);
  Put<uint32_t>(frame, 32, static_cast<uint32_t>(payload_bytes));
  Put<uint32_t>(frame, 40, header.previous);
  Put<uint32_t>(frame, 44, header.transactions);
  Put<uint64_t>(frame, 48, header.time_ms);
  Put<uint32_t>(frame, 56, header.kind);
  Put<uint32_t>(frame, 60, 0);
  const uint32_t checksum =
      Crc32c(frame->data() + 40, kFrameHeaderBytes - 40 + payload_bytes, header.previous);
  Put<uint32_t>(frame, 36, checksum);
  Put<uint32_t>(frame, 4, Crc32c(frame->data() + 8, kFrameHeaderBytes - 8, 0));
  return checksum;
}

bool IsFrame(const uint8_t* header, uint64_t salt, uint64_t lsn) {
  uint32_t magic;
  uint64_t found[2];
  std::memcpy(&magic, header, sizeof magic);
  std::memcpy(found, header + 8, sizeof found);
  return magic == kFrameMagic && found[0] == salt && found[1] == lsn;
}

Bytes VoidPayload(uint64_t lsn, const std::vector<uint32_t>& places) {
  Bytes payload(8 + 4 * places.size());
  Put<uint64_t>(&payload, 0, lsn);
  for (size_t at = 0; at < places.size(); at++) Put<uint32_t>(&payload, 8 + 4 * at, places[at]);
  return payload;
}

}  // namespace holdfast
