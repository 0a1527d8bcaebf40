#include <tessera/core/ops/user_reduction.hpp>

#include <tessera/core/ops/fold_builder.hpp>

namespace tessera {

Array fold_of_user(const Array& x, UserFold user, const UserReduceOptions& options) {
  if (user.name.empty()) throw ValueError("reduction: give the functions a name, which stands for them in plans");
  if (x.dtype() != user.element)
    throw DTypeError("reduction '" + user.name + "': takes " + to_string(user.element) + ", x is " +
                     to_string(x.dtype()) + ": use astype");
  const std::uint32_t folded = reductions::folded_axes(x, options.axis, "reduction");
  const DType element = user.element, result = user.result;
  return reductions::fold(x, folded, Fold{Combiner::user, element, std::make_shared<const UserFold>(std::move(user))},
                          reductions::as_it_is(result), options.keepdims);
}

}  // namespace tessera
