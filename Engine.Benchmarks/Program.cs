using TlsFsm.Benchmarks;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;
using TlsFsm.Benchmarks.Figures;

var s = PairSettings.Aes128;
var o = new SslStreamOptions(s);
var nat = RawCrypto.Native(s.Credential); var e = new EngineOptions(s); var he = new EngineOptions(PairSettings.Aes256); var heh = new EngineOptions(PairSettings.Aes256, true);var raw = RawCrypto.Stock(s.Credential);
var s2 = PairSettings.Aes256; var hs = s2; var hsv = new SslStreamOptions(s2); hsv.Server.AllowTlsResume=true; var ho = new SslStreamOptions(hs);
var hr = s2 with { Resumes = true }; var hro = new SslStreamOptions(hr);
var rs = hs with { Credential = BenchmarkCertificates.Rsa }; var ro = new SslStreamOptions(rs);
Figure[] f = [
 new("bulk", "bulk", "MB", 16384 / 1e6, [new("us", () => new TransferTask(s, () => new EnginePair(e), 16384)), new("raw-nat", () => new TransferTask(s, () => new RawPair(s, nat), 16384)),new("ssl", () => new TransferTask(s, () => new SslStreamPair(o), 16384)), new("raw", () => new TransferTask(s, () => new RawPair(s, raw), 16384)), new("TlsStream", () => new TransferTask(s, () => new TlsStreamPair(s, raw), 16384)), new("aead", () => new AeadTask(s.Suite, 16384))]),
 new("hs", "hs", "hs", 1, [new("us", () => new HandshakeTask(hs, () => new EnginePair(he))),new("us-hybrid", () => new HandshakeTask(hs, () => new EnginePair(heh))),new("raw-nat", () => new HandshakeTask(hs, () => new RawPair(hs, nat))),new("ssl", () => new HandshakeTask(hs, () => new SslStreamPair(ho))), new("ssl-nopol-srvresume", () => new HandshakeTask(hs, () => new SslStreamPair(hsv))), new("ssl-aes128", () => new HandshakeTask(s, () => new SslStreamPair(o))), new("ssl-resume", () => new HandshakeTask(hr, () => new SslStreamPair(hro))), new("ssl-rsa", () => new HandshakeTask(rs, () => new SslStreamPair(ro))), new("raw", () => new HandshakeTask(hs, () => new RawPair(hs, raw))), new("TlsStream", () => new HandshakeTask(hs, () => new TlsStreamPair(hs, raw))) ]),
 new("rt64", "rt64", "rt", 1, [new("us", () => new TransferTask(s, () => new EnginePair(e), 64, true)),new("rawnat", () => new TransferTask(s, () => new RawPair(s, nat), 64, true)), new("ssl", () => new TransferTask(s, () => new SslStreamPair(o), 64, true)), new("raw", () => new TransferTask(s, () => new RawPair(s, raw), 64, true))]),
 new("m1k", "1k", "msg", 1, [new("us", () => new TransferTask(s, () => new EnginePair(e), 1024)),new("rawnat", () => new TransferTask(s, () => new RawPair(s, nat), 1024)), new("ssl", () => new TransferTask(s, () => new SslStreamPair(o), 1024)), new("raw", () => new TransferTask(s, () => new RawPair(s, raw), 1024))]),
];
foreach (var x in f) foreach (var r in new Stage(new Effort(true,5,TimeSpan.FromMilliseconds(100),TimeSpan.FromMilliseconds(500)), Console.WriteLine).Measure(x)) Console.WriteLine($"{x.Id} {r.Contender} {r.Median:F1} {x.Unit}/cpu-s alloc {r.AllocatedPerOperation:F0}  [{string.Join(' ', r.Rounds.Select(v => v.ToString("F0")))}]");
