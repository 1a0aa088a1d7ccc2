// What the build and this processor have to offer.
#pragma once

namespace pyexplain::cpu {

int threads();                  // of the OpenMP runtime, 1 without one
const char* instruction_set();  // the clone that the loader picked
const char* vendor();           // of the processor: "amd", "intel", or "other"

}  // namespace pyexplain::cpu
