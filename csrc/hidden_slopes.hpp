// The margin readout . relu(start) of each row, and its slope in what goes into the relu: readout where that is above 0, else 0.
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct HiddenSlopes {
  const T *start, *readout;  // [n, w], [w]
  T *margin, *slopes;        // [n], [n, w]
  std::int64_t n, w;
  PX_FIELDS(start, readout, margin, slopes, n, w)
};

namespace cpu {
template <typename T>
void hidden_slopes(const HiddenSlopes<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void hidden_slopes(const HiddenSlopes<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
