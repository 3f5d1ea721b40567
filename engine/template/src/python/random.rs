//! CPython's `random.Random`: Mersenne twister with its seeding, so that seeded filters give the same numbers.
use crate::{Error, Result, Value};
use num_bigint::{BigInt, Sign};
use num_traits::Signed;
use sha2::{Digest, Sha512};

const N: usize = 624;
const M: usize = 397;

/// A seeded generator, or the world's randomness.
pub(crate) enum Random<'a> {
    Seeded(Box<Twister>),
    World(&'a dyn crate::World),
}

impl<'a> Random<'a> {
    /// `Random(seed)`, or the system's when there is no seed.
    pub(crate) fn new(world: &'a dyn crate::World, seed: Option<&Value>) -> Result<Self> {
        match seed {
            None | Some(Value::None) => Ok(Self::World(world)),
            Some(seed) => Ok(Self::Seeded(Box::new(Twister::new(&seed_number(seed)?)))),
        }
    }
    /// A number from 0 to below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let bits = 64 - n.leading_zeros();
        loop {
            let candidate = match self {
                Self::Seeded(twister) => twister.bits(bits),
                Self::World(world) => world.random() >> (64 - bits),
            };
            if candidate < n {
                return candidate;
            }
        }
    }
    /// `random.shuffle`.
    pub(crate) fn shuffle(&mut self, items: &mut [Value]) {
        for i in (1..items.len()).rev() {
            let j = usize::try_from(self.below(i as u64 + 1)).unwrap_or(0);
            items.swap(i, j);
        }
    }
}

/// `count` numbers from 0 to below `n`, as `Random(seed)` gives them.
pub fn seeded_numbers(seed: &Value, n: u64, count: usize) -> Result<Vec<u64>> {
    let mut random = Random::Seeded(Box::new(Twister::new(&seed_number(seed)?)));
    Ok((0..count).map(|_| random.below(n)).collect())
}

fn seed_number(seed: &Value) -> Result<BigInt> {
    match seed {
        Value::Int(value) => Ok(BigInt::from(*value).abs()),
        Value::Bool(value) => Ok(BigInt::from(i64::from(*value))),
        Value::BigInt(value) => Ok(value.abs()),
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 9e18 => Ok(BigInt::from(value.abs() as i64)),
        Value::Str(text) => Ok(seed_bytes(text.as_bytes())),
        Value::Bytes(bytes) => Ok(seed_bytes(bytes)),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!(
            "The only supported seed types are: None,\nint, float, str, bytes, and bytearray (got {}).",
            other.type_name()
        ))),
    }
}

fn seed_bytes(bytes: &[u8]) -> BigInt {
    let mut all = bytes.to_vec();
    all.extend_from_slice(&Sha512::digest(bytes));
    BigInt::from_bytes_be(Sign::Plus, &all)
}

/// MT19937.
pub(crate) struct Twister {
    state: [u32; N],
    at: usize,
}

impl Twister {
    fn new(seed: &BigInt) -> Self {
        let (_, mut key) = seed.to_u32_digits();
        if key.is_empty() {
            key.push(0);
        }
        let mut state = Self::first_state(19_650_218);
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_664_525);
            state[i] = (state[i] ^ mixed).wrapping_add(key[j]).wrapping_add(j as u32);
            Self::step(&mut state, &mut i);
            j = (j + 1) % key.len();
        }
        for _ in 0..N - 1 {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_566_083_941);
            state[i] = (state[i] ^ mixed).wrapping_sub(i as u32);
            Self::step(&mut state, &mut i);
        }
        state[0] = 0x8000_0000;
        Self { state, at: N }
    }
    fn first_state(seed: u32) -> [u32; N] {
        let mut state = [seed; N];
        for i in 1..N {
            let mixed = 1_812_433_253_u32.wrapping_mul(state[i - 1] ^ (state[i - 1] >> 30));
            state[i] = mixed.wrapping_add(i as u32);
        }
        state
    }
    fn step(state: &mut [u32; N], i: &mut usize) {
        *i += 1;
        if *i >= N {
            state[0] = state[N - 1];
            *i = 1;
        }
    }
    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.at = 0;
    }
    fn next(&mut self) -> u32 {
        if self.at >= N {
            self.refill();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
    /// `getrandbits`, up to 64.
    fn bits(&mut self, bits: u32) -> u64 {
        if bits <= 32 {
            return u64::from(self.next() >> (32 - bits));
        }
        let low = u64::from(self.next());
        low | (u64::from(self.next() >> (64 - bits)) << 32)
    }
}
