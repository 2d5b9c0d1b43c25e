namespace TlsFsm.Fuzz.Running;

/// <summary>
/// The entry point for AFL++ through SharpFuzz: <c>TlsFsm.dll</c> is instrumented in place with the tool <c>sharpfuzz</c>, and afl-fuzz
/// feeds inputs by standard input. A find is a crash to it. How to run it is in docs/fuzzing.md.
/// </summary>
internal static class Afl
{
    private const int MaxSize = 64 * 1024;

    public static void Run(ITarget target) => SharpFuzz.Fuzzer.OutOfProcess.Run(stream =>
    {
        using var input = new MemoryStream();
        stream.CopyTo(input);
        var bytes = input.ToArray();
        target.Run(bytes.AsSpan(0, Math.Min(bytes.Length, MaxSize)));
    });
}
