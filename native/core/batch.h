// The transactions of one commit, from their records to their files. Each fails alone.
#ifndef HOLDFAST_BATCH_H_
#define HOLDFAST_BATCH_H_

#include <memory>
#include <string>
#include <vector>

#include "core/parents.h"
#include "core/record.h"
#include "core/stage.h"
#include "core/volume.h"

namespace holdfast {

class Batch {
 public:
  Batch(Volume& volume, const uint8_t* records, size_t bytes)
      : volume_(volume), records_(records), bytes_(bytes), parents_(volume) {}

  // EINVAL for bytes that no encoder wrote.
  Status Parse(uint32_t transactions);
  // Writes the new files where no reader sees them. Needs no lock.
  void Stage();
  // Drops the transactions whose conditions do not hold. Under the writer lock, like all below.
  void Check();
  size_t survivors() const { return survivors_; }
  // Whether a file that is there is to be replaced or removed by what survives.
  bool TakesAway() const;
  size_t surviving_bytes() const;
  // As the journal has them: without their checks.
  void CopySurvivors(uint8_t* out) const;
  // Gives the files their names. `withdrawn`: places, among the survivors, of transactions that
  // failed and were undone. An error means that one is half-written and cannot be undone.
  Status Publish(std::vector<uint32_t>* withdrawn);
  // Removes directories that were made for transactions that failed.
  void CleanUp();
  // One for each transaction; empty when all are well.
  std::vector<Status> TakeOutcomes();

 private:
  struct Item {
    const Operation* operation = nullptr;
    std::string name;
    std::shared_ptr<Parent> parent;
    Staged staged;
    External external;
    bool applied = false;
    bool takes_away = false;
  };

  struct Entry {
    Transaction transaction;
    std::vector<Item> items;
    Status failure;
  };

  Status StageEntry(Entry& entry);
  Status StageItem(Item& item);
  Status CheckItem(Item& item);
  Status CheckExternal(Item& item);
  Status CheckTarget(Item& item);
  Status CheckContent(const Operation& operation, const FileInfo& info);
  Status PublishEntry(Entry& entry, bool* half_done);
  Status Apply(Item& item);
  Status ApplyOnce(Item& item);
  Status ApplyExternal(Item& item);
  bool Undo(Item& item);
  Status OpenParent(Item& item);
  Status Reopen(Item& item);
  void Fail(Entry& entry, Status status);

  Volume& volume_;
  const uint8_t* records_;
  size_t bytes_;
  size_t survivors_ = 0;
  size_t items_ = 0;
  std::vector<Entry> entries_;
  Parents parents_;
};

}  // namespace holdfast

#endif  // HOLDFAST_BATCH_H_
