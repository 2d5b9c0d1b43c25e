using TlsFsm;
using TlsFsm.Samples.Gateway;

// Servers behind are trusted by the roots in a file of their own, if it is named.
var roots = Environment.GetEnvironmentVariable("GATEWAY_ROOTS");
var verification = roots is null ? CertificateVerification.SystemTrust : CertificateVerification.TrustedRootsFromFiles(roots);
await GatewayApp.Create(new TlsClientOptions { Verification = verification, SessionCache = new MemorySessionCache() }).RunAsync();
