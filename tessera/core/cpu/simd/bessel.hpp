// I0 by Chebyshev series (Clenshaw 1962; the coefficients of Cephes' i0, as NumPy has them): exp(-x) I0(x) on [0, 8] in x/2 - 2, and
// exp(-x) sqrt(x) I0(x) beyond in 32/x - 2.

namespace element {

inline constexpr double i0_near[] = {
    -0x1.45cb72134d0efp-58, 0x1.33362977da589p-55,  -0x1.184eb721ebbb4p-52, 0x1.ee6d893f65ebap-50, -0x1.a5022c297fbebp-47, 0x1.59b464b262627p-44,
    -0x1.1164c62ee1af0p-41, 0x1.9fe2fe19bd324p-39,  -0x1.2fc957a946abcp-36, 0x1.a98becc743c10p-34, -0x1.1d4fe13ae9556p-31, 0x1.6d903a454cb34p-29,
    -0x1.beaf68c0b30abp-27, 0x1.03b769d4d6435p-24,  -0x1.1ec638f227f8dp-22, 0x1.2bf24978cf4acp-20, -0x1.2866fcba56427p-18, 0x1.13f58be9a2859p-16,
    -0x1.e2b2659c41d5ap-15, 0x1.8b51b74107cabp-13,  -0x1.2e2fd1f15eb52p-11, 0x1.adc758a12100ep-10, -0x1.1b65e201aa849p-8,  0x1.59961f3dde3ddp-7,
    -0x1.84e9ef121b6f0p-6,  0x1.93e8acea8a32dp-5,   -0x1.84b70342d06eap-4,  0x1.5f7ac77ac88c0p-3,  -0x1.37febc057cd8dp-2,  0x1.5a84e9035a22ap-1};
inline constexpr double i0_far[] = {
    -0x1.0adb754ca8b19p-57, -0x1.646da66119130p-58, 0x1.9be1812d98421p-55,  0x1.3f3dd076041cdp-55, -0x1.4600babd21fe4p-52,
    -0x1.8aee7d908de38p-52, 0x1.fee7da3eafb1fp-50,  0x1.12a919094e6d7p-48,  -0x1.583fe7e65629ap-47, -0x1.75d99cf68bb32p-45,
    0x1.156ff0d5fc545p-46,  0x1.b1c8c6b83c073p-42,  0x1.94347fa268cecp-41,  -0x1.f904303178d66p-40, -0x1.d0fd7357e7bf2p-37,
    -0x1.1511d08397425p-35, 0x1.a24feabe8004fp-37,  0x1.0f9ccc0f46f75p-31,  0x1.d2c64a9225b87p-29,  0x1.8569280d6d56dp-26,
    0x1.b8007d9cd616ep-23,  0x1.8412bc101c586p-19,  0x1.20fa378999e52p-14,  0x1.b998ca2e59049p-9,   0x1.9be62aca809cbp-1};

template <class T, int n> T chebyshev(T x, const double (&c)[n]) {
  T now = spread<T>(static_cast<Number<T>>(c[0])), before{}, last{};
  for (int k = 1; k < n; k++) {
    last = before;
    before = now;
    now = x * before - last + static_cast<Number<T>>(c[k]);
  }
  return (now - last) * Number<T>(0.5);
}
// Half of the exponential last: it alone leaves the range of the numbers before I0 does.
template <class M, class T> T bessel_i0(T a) {
  const T x = absolute(a), e = M::exp(x * Number<T>(0.5));
  const T near = chebyshev(T(x * Number<T>(0.5) - Number<T>(2)), i0_near);
  const T far = chebyshev(T(Number<T>(32) / x - Number<T>(2)), i0_far) / square_root(x);
  const T value = e * (x <= Number<T>(8) ? near : far) * e;
  return x == spread<T>(static_cast<Number<T>>(__builtin_inf())) ? x : value;
}

}  // namespace element
