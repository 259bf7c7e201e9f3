//! What sealing costs: `cargo bench -p coffer-encryption`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot seal has nothing to measure")]

use std::hint::black_box;
use std::time::Duration;

use coffer_encryption::{
    DataKey, DataWrap, DataWrapKey, IndexKey, Iterations, Kdf, OwnerKey, PassphraseIterations, RootKey,
    SecretBytes, UnlockerKey, Value, WrappingPlace, open, seal, unwrap, wrap,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

criterion_group!(benches, values, keys, hashes, slow);
criterion_main!(benches);

const ID: [u8; 16] = [7; 16];

fn values(criterion: &mut Criterion) {
    let key = DataKey::generate().unwrap();
    let place = Value { instance: ID, tenant: ID, secret: ID, version: 1 };
    for (name, len) in [("64 B", 64), ("1 KiB", 1 << 10), ("64 KiB", 64 << 10)] {
        let plaintext = vec![0x55; len];
        let sealed = seal(&key, &place, &plaintext).unwrap();
        let mut group = criterion.benchmark_group("value");
        group.throughput(Throughput::Bytes(u64::try_from(len).unwrap()));
        group.bench_function(format!("seal {name}"), |b| {
            b.iter(|| seal(&key, black_box(&place), black_box(&plaintext)));
        });
        group.bench_function(format!("open {name}"), |b| {
            b.iter(|| open(&key, black_box(&place), black_box(&sealed)))
        });
    }
}

fn keys(criterion: &mut Criterion) {
    let owner = OwnerKey::generate().unwrap();
    let key: DataWrapKey = owner.derive(&ID, 1).unwrap();
    let place = DataWrap {
        instance: ID,
        tenant: ID,
        generation: 1,
        secret: ID,
        version: 1,
        path_hash: [7; 32],
        kind: 0,
        flags: 0,
    };
    let wrapped = wrap(&key, &place, &DataKey::generate().unwrap()).unwrap();
    criterion.bench_function("data key: generate and wrap", |b| {
        b.iter(|| wrap(&key, black_box(&place), &DataKey::generate().unwrap()));
    });
    criterion.bench_function("data key: unwrap", |b| {
        b.iter(|| unwrap(&key, black_box(&place), black_box(&wrapped)))
    });
    criterion.bench_function("owner key: derive a purpose key", |b| {
        b.iter(|| owner.derive::<DataWrapKey>(black_box(&ID), 1));
    });
    criterion.bench_function("owner key: generate and drop (locked memory)", |b| {
        b.iter_batched(|| (), |()| OwnerKey::generate(), BatchSize::SmallInput);
    });
}

fn hashes(criterion: &mut Criterion) {
    let key = IndexKey::generate().unwrap();
    criterion.bench_function("index hash 32 B", |b| b.iter(|| key.hash(b"name", black_box(&[7; 32]))));
}

fn slow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pbkdf2");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    let root = RootKey::generate().unwrap();
    let kdf = Kdf::Pbkdf2Sha256 { salt: [7; 32], iterations: Iterations::DEFAULT };
    let place = WrappingPlace { instance: ID, owner: ID, generation: 1, root_generation: 1, kdf };
    group.bench_function("wrapping key, 100,000", |b| b.iter(|| root.derive_wrapping(black_box(&place))));
    group.sample_size(10);
    let passphrase = SecretBytes::copy_from(b"correct horse battery staple");
    group.bench_function("passphrase, 600,000", |b| {
        b.iter(|| {
            UnlockerKey::from_passphrase(black_box(&passphrase), &[7; 32], PassphraseIterations::DEFAULT)
        });
    });
}
