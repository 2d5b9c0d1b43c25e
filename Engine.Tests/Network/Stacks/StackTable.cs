using System.Security.Authentication;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>All stacks of the matrix, with what each can. A new one is a line here, and the program behind it.</summary>
internal static class StackTable
{
    /// <summary>What goes each way in a talk: 256 KiB of numbered lines.</summary>
    public static byte[] Content { get; } = LargeText.Bytes[..(256 * 1024)];

    public static IReadOnlyList<OtherStack> All { get; } =
    [
        new ProgramStack
        {
            Name = "wolfSSL",
            Note = "libwolfssl-dev, by a small C program. Its clients of TLS 1.2 lack renegotiation_info: `RequireSecureRenegotiation = false`.",
            Programs = ["cc"],
            Files = ["/usr/include/wolfssl/ssl.h"],
            Command = () => CompiledPeer.OfC("wolfssl_stack", "wolfssl"),
            Admit = static (role, policy) => role == StackRole.Client ? policy with { RequireSecureRenegotiation = false } : policy,
        },
        new ProgramStack
        {
            Name = "mbedTLS",
            Note = "libmbedtls-dev, by a small C program. Its 2.28 has no TLS 1.3.",
            Versions = SslProtocols.Tls12,
            Programs = ["cc"],
            Files = ["/usr/include/mbedtls/ssl.h"],
            Command = () => CompiledPeer.OfC("mbedtls_stack", "mbedtls", "mbedx509", "mbedcrypto"),
        },
        new ProgramStack
        {
            Name = "Java",
            Note = "openjdk-17-jdk-headless, its own TLS (JSSE).",
            Programs = ["java", "javac"],
            Command = CompiledPeer.OfJava,
        },
        new ProgramStack
        {
            Name = "Erlang/OTP",
            Note = "erlang-ssl. Its 25 has no extended master secret on TLS 1.2: `RequireExtendedMasterSecret = false`.",
            Programs = ["escript"],
            Command = static () => Script("escript", "erlang_peer.escript"),
            Admit = static (_, policy) => policy with { RequireExtendedMasterSecret = false },
        },
        new ProgramStack
        {
            Name = "Bun",
            Note = "@oven/bun-linux-x64 from npm: BoringSSL, by its node:tls.",
            Programs = ["bun"],
            Command = static () => Script("bun", "peer.mjs"),
        },
        new ProgramStack
        {
            Name = "Deno",
            Note = "@deno/linux-x64-glibc from npm: rustls, by its node:tls.",
            Programs = ["deno"],
            Command = static () => Script("deno", "run", "--allow-all", "--no-prompt", "peer.mjs"),
        },
        new NssStack
        {
            Name = "NSS",
            Note = "libnss3-tools: `tstclnt`, which names no application protocol, and `selfserv`, which takes requests of 10 KB.",
            Programs = ["tstclnt", "selfserv", "certutil", "pk12util", "openssl"],
            Lacks = static (role, _, column) => role == StackRole.Client && column == StackColumn.Alpn,
        },
        new BotanStack
        {
            Name = "Botan",
            Note = "botan, its own tool: without certificates of clients. Its 2.19 has no TLS 1.3.",
            Versions = SslProtocols.Tls12,
            Programs = ["botan", "stdbuf"],
            ApplicationProtocol = "echo/0.1",
            Lacks = static (_, _, column) => column == StackColumn.ClientCertificate,
        },
    ];

    /// <summary>Cases of one column: each stack in a role, with each of its versions, where it has what is asked for.</summary>
    public static IEnumerable<TestCaseData> Cases(StackRole role, StackColumn column) =>
        from row in Rows
        where row.Role == role && !row.IsEmpty(column)
        select new TestCaseData(row.Stack, row.Version);

    /// <summary>The document's rows.</summary>
    public static IEnumerable<StackRow> Rows =>
        from stack in All
        from role in Enum.GetValues<StackRole>()
        from version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 }
        where stack.Versions.HasFlag(version)
        select new StackRow(stack, role, version);

    private static Task<string[]> Script(params string[] command) =>
        Task.FromResult<string[]>([.. command[..^1], Path.Combine(CompiledPeer.Folder, command[^1])]);
}
