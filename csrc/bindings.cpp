// The only file that knows Python. Addresses and sizes come in by keyword; the one checked door is pyexplain/ops/_check.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "cpu.hpp"
#include "groups.hpp"
#if defined(PYEXPLAIN_HAS_CUDA)
#include "cuda.hpp"
#endif

namespace py = pybind11;
using std::int64_t;
using Address = std::uintptr_t;

namespace {

template <typename T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

// Keyword arguments, each asked for by name; done() refuses those that nobody asked for.
class Reader {
 public:
  explicit Reader(const py::kwargs& values) : values_(values) {}

  template <typename T>
  T* array(const char* name) {
    return at<T>(get<Address>(name));
  }
  std::int64_t size(const char* name) { return get<std::int64_t>(name); }
  template <typename T = double>
  T number(const char* name) {
    return static_cast<T>(get<double>(name));
  }
  template <typename T>
  pyexplain::SparseRows<T> sparse_rows(const std::string& side) {
    return {array<int64_t>((side + "_offsets").c_str()), array<int64_t>((side + "_indices").c_str()),
            array<T>((side + "_values").c_str())};
  }
  pyexplain::RowGroups groups(const std::string& of) {
    return {array<int64_t>((of + "_rows").c_str()), array<int64_t>((of + "_starts").c_str()),
            array<int64_t>((of + "_order").c_str()), size((of + "_n").c_str())};
  }
  void done() const {
    if (asked_ != values_.size()) throw py::type_error("the native function was called with names that it does not know");
  }

 private:
  template <typename V>
  V get(const char* name) {
    PyObject* found = PyDict_GetItemString(values_.ptr(), name);
    if (!found) throw py::type_error(std::string("the native function was called without ") + name);
    ++asked_;
    return py::handle(found).cast<V>();
  }

  const py::kwargs& values_;
  std::size_t asked_ = 0;
};

template <typename T>
pyexplain::PairFeatures<T> read_pair_features(Reader& r) {
  return {r.array<T>("user_table"),
          r.array<T>("item_table"),
          r.array<T>("user_map"),
          r.array<T>("item_map"),
          r.sparse_rows<T>("user"),
          r.sparse_rows<T>("item"),
          r.array<int64_t>("users"),
          r.array<int64_t>("positives"),
          r.array<int64_t>("negatives"),
          r.array<int64_t>("row_index"),
          r.array<T>("shift"),
          r.size("b"),
          r.size("d"),
          r.size("k"),
          r.array<T>("x"),
          r.array<T>("z")};
}

template <typename T>
pyexplain::PairFeaturesBackward<T> read_pair_features_backward(Reader& r) {
  return {read_pair_features<T>(r),   r.array<T>("grad_x"),      r.array<T>("grad_z"),      r.groups("users"),
          r.groups("items"),          r.groups("user_features"), r.groups("item_features"), r.array<T>("user_weights"),
          r.array<T>("item_weights"), r.array<T>("grad_users"),  r.array<T>("grad_items"),  r.array<T>("grad_user_map"),
          r.array<T>("grad_item_map")};
}

template <typename T>
pyexplain::BprLoss<T> read_bpr_loss(Reader& r) {
  return {r.array<T>("positive"),      r.array<T>("negative"),      r.array<T>("sign"),  r.array<T>("weight"), r.array<T>("loss"),
          r.array<T>("grad_positive"), r.array<T>("grad_negative"), r.array<T>("terms"), r.size("n")};
}

template <typename T>
pyexplain::AdamRows<T> read_adam_rows(Reader& r) {
  return {r.array<T>("table"),      r.array<T>("m"),     r.array<T>("v"),   r.array<int64_t>("last_step"),
          r.array<int64_t>("rows"), r.array<T>("grads"), r.size("n"),       r.size("width"),
          r.size("step"),           r.number("lr"),      r.number("beta1"), r.number("beta2"),
          r.number("eps")};
}

// The rows that training steps: the moments of each table, beside the groups of the way back.
template <typename T>
pyexplain::PairTraining<T> read_pair_training(Reader& r) {
  const auto back = read_pair_features_backward<T>(r);
  const int64_t step = r.size("step");
  const double lr = r.number("lr"), beta1 = r.number("beta1"), beta2 = r.number("beta2"), eps = r.number("eps");
  const auto adam = [&](const std::string& name, const T* table, const pyexplain::RowGroups& rows, int64_t width) {
    return pyexplain::AdamRows<T>{const_cast<T*>(table),
                                  r.array<T>((name + "_m").c_str()),
                                  r.array<T>((name + "_v").c_str()),
                                  r.array<int64_t>((name + "_last_step").c_str()),
                                  rows.rows,
                                  nullptr,
                                  rows.n,
                                  width,
                                  step,
                                  lr,
                                  beta1,
                                  beta2,
                                  eps};
  };
  const auto& f = back.forward;
  return {back, adam("user_table", f.user_table, back.users, f.d), adam("item_table", f.item_table, back.items, f.d),
          adam("user_map", f.user_map, back.user_features, f.k), adam("item_map", f.item_map, back.item_features, f.k)};
}

template <typename T>
pyexplain::AdamPerturbation<T> read_adam_perturbation(Reader& r) {
  return {r.array<T>("delta"),  r.array<T>("m"),    r.array<T>("v"),          r.array<T>("grad"),       r.array<T>("low"),
          r.array<T>("high"),   r.size("size"),     r.number<T>("l1"),        r.number<T>("l2"),        r.number<T>("beta1"),
          r.number<T>("beta2"), r.number<T>("eps"), r.number<T>("step_size"), r.number<T>("root_bias2")};
}

template <typename T>
pyexplain::HeadScores<T> read_head_scores(Reader& r) {
  return {r.array<T>("hidden"), r.array<T>("b1"), r.array<T>("w2"), r.array<T>("b2"),
          r.array<T>("scores"), r.size("n"),      r.size("h"),      r.size("keep") != 0};
}

template <typename T>
pyexplain::HeadGradients<T> read_head_gradients(Reader& r) {
  return {r.array<T>("hidden"),  r.array<T>("grad"), r.array<T>("w2"), r.array<T>("grad_w2"),
          r.array<T>("grad_b1"), r.size("n"),        r.size("h")};
}

template <typename T>
pyexplain::Dropout<T> read_dropout(Reader& r) {
  return {r.array<T>("x"), r.size("n"), r.size("first"), r.size("seed"), r.size("threshold"), r.number<T>("scale")};
}

pyexplain::Chosen read_chosen(Reader& r) {
  return {r.array<int64_t>("rows"), r.array<int64_t>("offsets"), r.array<int64_t>("columns"), r.size("m")};
}

template <typename T>
pyexplain::NarrowSteepest<T> read_narrow_steepest(Reader& r) {
  return {read_chosen(r),       r.array<T>("gradient"),     r.array<T>("low"),           r.array<T>("high"),
          r.array<T>("margin"), r.array<int64_t>("counts"), r.array<int64_t>("numbers"), r.size("p"),
          r.size("least"),      r.size("widest"),           r.number<T>("enough")};
}

template <typename T>
pyexplain::NarrowSlopes<T> read_narrow_slopes(Reader& r) {
  return {r.array<T>("start"), r.array<T>("readout"), r.array<T>("margin"), r.array<T>("slopes"), r.size("n"), r.size("w")};
}

template <typename T>
pyexplain::NarrowInputs<T> read_narrow_inputs(Reader& r) {
  return {read_chosen(r), r.array<T>("gate_one"), r.array<T>("gate_two"), r.array<T>("feature_map"),
          r.size("k"),    r.array<T>("x")};
}

template <typename T>
pyexplain::NarrowSolve<T> read_narrow_solve(Reader& r) {
  return {read_chosen(r),     r.array<T>("start"), r.array<T>("images"), r.array<T>("readout"), r.array<T>("low"),
          r.array<T>("high"), r.array<T>("delta"), r.array<T>("margin"), r.size("w"),           r.size("p"),
          r.size("steps"),    r.number<T>("l1"),   r.number<T>("l2"),    r.number<T>("gamma"),  r.size("prune_only") != 0};
}

template <typename T>
pyexplain::PairProducts<T> read_pair_products(Reader& r) {
  return {r.array<T>("user_table"),
          r.array<T>("item_table"),
          r.array<T>("user_latents"),
          r.array<T>("item_latents"),
          r.array<int64_t>("users"),
          r.array<int64_t>("items"),
          r.size("n"),
          r.size("d"),
          r.size("k"),
          r.array<T>("x")};
}

// name_float32 or name_float64: reads a struct, lets go of the interpreter, runs. On the GPU: name_cuda_..., and a stream.
template <typename Struct>
void bind(py::module_& m, const std::string& name, const char* type, Struct (*read)(Reader&), void (*run)(const Struct&)) {
  m.def((name + "_" + type).c_str(), [read, run](const py::kwargs& values) {
    Reader reader(values);
    const Struct arguments = read(reader);
    reader.done();
    py::gil_scoped_release release;
    run(arguments);
  });
}

template <typename Struct>
void bind_cuda(py::module_& m, const std::string& name, const char* type, Struct (*read)(Reader&),
               void (*run)(const Struct&, void*)) {
  m.def((name + "_cuda_" + type).c_str(), [read, run](const py::kwargs& values) {
    Reader reader(values);
    void* stream = reader.array<void>("stream");
    const Struct arguments = read(reader);
    reader.done();
    py::gil_scoped_release release;
    run(arguments, stream);
  });
}

template <typename T>
void bind_training(py::module_& m, const char* type) {
  bind(m, "pair_features", type, &read_pair_features<T>, &pyexplain::cpu::pair_features<T>);
  bind(m, "pair_features_backward", type, &read_pair_features_backward<T>, &pyexplain::cpu::pair_features_backward<T>);
  bind(m, "pair_training", type, &read_pair_training<T>, &pyexplain::cpu::pair_training<T>);
  bind(m, "head_scores", type, &read_head_scores<T>, &pyexplain::cpu::head_scores<T>);
  bind(m, "head_gradients", type, &read_head_gradients<T>, &pyexplain::cpu::head_gradients<T>);
  bind(m, "bpr_loss", type, &read_bpr_loss<T>, &pyexplain::cpu::bpr_loss<T>);
  bind(m, "adam_rows", type, &read_adam_rows<T>, &pyexplain::cpu::adam_rows<T>);
  bind(m, "adam_perturbation_step", type, &read_adam_perturbation<T>, &pyexplain::cpu::adam_perturbation_step<T>);
  bind(m, "narrow_steepest", type, &read_narrow_steepest<T>, &pyexplain::cpu::narrow_steepest<T>);
  bind(m, "narrow_slopes", type, &read_narrow_slopes<T>, &pyexplain::cpu::narrow_slopes<T>);
  bind(m, "narrow_inputs", type, &read_narrow_inputs<T>, &pyexplain::cpu::narrow_inputs<T>);
  bind(m, "narrow_solve", type, &read_narrow_solve<T>, &pyexplain::cpu::narrow_solve<T>);
  bind(m, "pair_products", type, &read_pair_products<T>, &pyexplain::cpu::pair_products<T>);
  bind(m, "dropout", type, &read_dropout<T>, &pyexplain::cpu::dropout<T>);
#if defined(PYEXPLAIN_HAS_CUDA)
  bind_cuda(m, "pair_features", type, &read_pair_features<T>, &pyexplain::cuda::pair_features<T>);
  bind_cuda(m, "pair_features_backward", type, &read_pair_features_backward<T>, &pyexplain::cuda::pair_features_backward<T>);
  bind_cuda(m, "bpr_loss", type, &read_bpr_loss<T>, &pyexplain::cuda::bpr_loss<T>);
  bind_cuda(m, "adam_rows", type, &read_adam_rows<T>, &pyexplain::cuda::adam_rows<T>);
  bind_cuda(m, "adam_perturbation_step", type, &read_adam_perturbation<T>, &pyexplain::cuda::adam_perturbation_step<T>);
  bind_cuda(m, "dropout", type, &read_dropout<T>, &pyexplain::cuda::dropout<T>);
#endif
  m.def((std::string("group_entries_") + type).c_str(), [](const py::kwargs& values) {
    Reader r(values);
    const pyexplain::SparseRows<T> from = r.sparse_rows<T>("from");
    const auto* chosen = r.array<int64_t>("chosen");
    const int64_t n = r.size("n"), columns = r.size("n_columns"), first = r.size("first"), capacity = r.size("capacity");
    auto *rows = r.array<int64_t>("rows"), *starts = r.array<int64_t>("starts"), *order = r.array<int64_t>("order");
    T* weights = r.array<T>("weights");
    r.done();
    py::gil_scoped_release release;
    return pyexplain::cpu::group_entries<T>(from, chosen, n, columns, first, capacity, rows, starts, order, weights);
  });
}

void bind_groups(py::module_& m) {
  m.def(
      "group_rows",
      [](Address ids, int64_t n, int64_t n_rows, Address rows, Address starts, Address order) {
        py::gil_scoped_release release;
        return pyexplain::cpu::group_rows(at<int64_t>(ids), n, n_rows, at<int64_t>(rows), at<int64_t>(starts),
                                          at<int64_t>(order));
      },
      py::kw_only(), py::arg("ids"), py::arg("n"), py::arg("n_rows"), py::arg("rows"), py::arg("starts"), py::arg("order"));
  m.def(
      "first_outside",
      [](Address ids, int64_t n, int64_t size) {
        py::gil_scoped_release release;
        return pyexplain::cpu::first_outside(at<int64_t>(ids), n, size);
      },
      py::kw_only(), py::arg("ids"), py::arg("n"), py::arg("size"));
}

template <typename T>
void bind_operators(py::module_& m, const char* suffix) {
  const auto named = [&](const char* name) { return std::string(name) + "_" + suffix; };
  m.def(
      named("half_space").c_str(),
      [](Address g, Address c, Address low, Address high, int64_t n, int64_t p, double l1, double l2, Address d, Address cost,
         Address multiplier, Address flag) {
        py::gil_scoped_release release;
        pyexplain::cpu::half_space<T>(at<T>(g), at<T>(c), at<T>(low), at<T>(high), n, p, T(l1), T(l2), at<T>(d), at<T>(cost),
                                      at<T>(multiplier), at<std::uint8_t>(flag));
      },
      py::kw_only(), py::arg("g"), py::arg("c"), py::arg("low"), py::arg("high"), py::arg("n"), py::arg("p"), py::arg("l1"),
      py::arg("l2"), py::arg("d"), py::arg("cost"), py::arg("multiplier"), py::arg("flag"));
  m.def(
      named("adversarial").c_str(),
      [](Address g, int64_t n, int64_t p, double radius, Address delta) {
        py::gil_scoped_release release;
        pyexplain::cpu::adversarial<T>(at<T>(g), n, p, T(radius), at<T>(delta));
      },
      py::kw_only(), py::arg("g"), py::arg("n"), py::arg("p"), py::arg("radius"), py::arg("delta"));
#if defined(PYEXPLAIN_HAS_CUDA)
  m.def(
      named("half_space_cuda").c_str(),
      [](Address g, Address c, Address low, Address high, int64_t n, int64_t p, double l1, double l2, Address d, Address cost,
         Address multiplier, Address flag, Address stream) {
        py::gil_scoped_release release;
        pyexplain::cuda::half_space<T>(at<T>(g), at<T>(c), at<T>(low), at<T>(high), n, p, T(l1), T(l2), at<T>(d), at<T>(cost),
                                       at<T>(multiplier), at<std::uint8_t>(flag), at<void>(stream));
      },
      py::kw_only(), py::arg("g"), py::arg("c"), py::arg("low"), py::arg("high"), py::arg("n"), py::arg("p"), py::arg("l1"),
      py::arg("l2"), py::arg("d"), py::arg("cost"), py::arg("multiplier"), py::arg("flag"), py::arg("stream"));
  m.def(
      named("adversarial_cuda").c_str(),
      [](Address g, int64_t n, int64_t p, double radius, Address delta, Address stream) {
        py::gil_scoped_release release;
        pyexplain::cuda::adversarial<T>(at<T>(g), n, p, T(radius), at<T>(delta), at<void>(stream));
      },
      py::kw_only(), py::arg("g"), py::arg("n"), py::arg("p"), py::arg("radius"), py::arg("delta"), py::arg("stream"));
#endif
}

}  // namespace

PYBIND11_MODULE(_native, m) {
  m.doc() = "Operators of pyexplain: arrays by address. Use pyexplain.ops, which checks them.";
  bind_operators<float>(m, "float32");
  bind_operators<double>(m, "float64");
  bind_training<float>(m, "float32");
  bind_training<double>(m, "float64");
  bind_groups(m);
  m.def("threads", &pyexplain::cpu::threads);
  m.def("instruction_set", &pyexplain::cpu::instruction_set);
  m.def("vendor", &pyexplain::cpu::vendor);
  // For the tests that hold the solver in plain torch to the same numbers.
  namespace narrow = pyexplain::narrow;
  py::dict constants;
  constants["FLIPPED"] = narrow::kFlipped;
  constants["CHEAPER"] = narrow::kCheaper;
  constants["FULL_STEPS"] = narrow::kFullSteps;
  constants["STEPS_FROM_A_FLIP"] = narrow::kStepsFromAFlip;
  constants["MOST_ROUNDS"] = narrow::kMostRounds;
  constants["HALVINGS"] = narrow::kHalvings;
  constants["SHARES"] = py::tuple(py::cast(std::vector<double>(std::begin(narrow::kShares), std::end(narrow::kShares))));
  m.attr("solver_constants") = constants;
  m.attr("version") = PYEXPLAIN_VERSION;
  m.attr("compiler") = __VERSION__;
#if defined(_OPENMP)
  m.attr("openmp") = true;
#else
  m.attr("openmp") = false;
#endif
#if defined(PYEXPLAIN_HAS_CUDA)
  m.attr("cuda_architectures") = PYEXPLAIN_CUDA_ARCHITECTURES;
#else
  m.attr("cuda_architectures") = "";
#endif
}
