using System.Reflection;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>The table of what becomes of decisions on resumption names every option, and is the one in the documents.</summary>
public sealed class SessionTableTests
{
    [Test]
    public void Every_option_of_a_client_has_its_row() =>
        Assert.That(
            SessionBinding.Client.Select(one => one.Option), Is.EquivalentTo(OptionsOf(typeof(TlsClientOptions), "Verification")));

    [Test]
    public void Every_option_of_a_server_has_its_row() =>
        Assert.That(
            SessionBinding.Server.Select(one => one.Option), Is.EquivalentTo(OptionsOf(typeof(TlsServerOptions), "ClientVerification")));

    [Test]
    public void The_table_in_the_documents_is_that_of_the_code() =>
        GoldenFile.AssertIs(SessionTable.File, SessionTable.Updated(File.ReadAllText(SessionTable.File).ReplaceLineEndings("\n")));

    private static IEnumerable<string> OptionsOf(Type options, string verification) =>
    [
        .. NamesOf(options).Except(["Policy", "Limits"]),
        .. NamesOf(typeof(CertificateVerification)).Select(one => $"{verification}.{one}"),
        .. NamesOf(typeof(TlsPolicy)).Select(one => $"Policy.{one}"),
        .. NamesOf(typeof(TlsLimits)).Select(one => $"Limits.{one}"),
    ];

    private static IEnumerable<string> NamesOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(one => one.SetMethod is not null).Select(one => one.Name);
}
