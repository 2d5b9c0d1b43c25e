using System.Security.Cryptography;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>What a record's body turned out to be.</summary>
/// <param name="Start">Where its plaintext begins in the body.</param>
/// <param name="Count">How much it is.</param>
/// <param name="ContentType">Its true type; negative without one.</param>
/// <param name="Fault">It does not authenticate.</param>
internal readonly record struct OpenedRecord(int Start, int Count, short ContentType, AuthenticationTagMismatchException? Fault);
