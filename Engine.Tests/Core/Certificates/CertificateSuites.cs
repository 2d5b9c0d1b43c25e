using System.Text.Json;
using System.Text.Json.Serialization;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// Suites of chains that others made (x509-limbo, NIST's PKITS), as data. They are not part of the repository: they are found by
/// <c>TLSFSM_CERTIFICATE_SUITES</c>, or as <c>shared/certificates</c> beside one of the repository's parents.
/// </summary>
internal static class CertificateSuites
{
    private const string Variable = "TLSFSM_CERTIFICATE_SUITES";

    private static readonly JsonSerializerOptions Naming = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The cases of a suite; where it is not to be had the test is ignored, and says why.</summary>
    /// <param name="name">As <c>limbo</c>.</param>
    public static IReadOnlyList<SuiteCase> Read(string name)
    {
        var file = Folders().Select(folder => Path.Combine(folder, $"{name}.json")).FirstOrDefault(File.Exists);
        if (file is null)
            Assert.Ignore($"{name}.json is not here: set {Variable} to the folder that has it.");

        using var stream = File.OpenRead(file!);
        return JsonSerializer.Deserialize<List<SuiteCase>>(stream, Naming)!;
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            yield return named;
        for (var folder = new DirectoryInfo(Repository.Folder); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "shared", "certificates");
    }
}

/// <summary>One case: who presents what to whom, when, and whether it should be accepted.</summary>
internal sealed record SuiteCase
{
    public required string Id { get; init; }

    public IReadOnlyList<string> Features { get; init; } = [];

    public required string ValidationKind { get; init; }

    public required IReadOnlyList<string> TrustedCerts { get; init; }

    public required IReadOnlyList<string> UntrustedIntermediates { get; init; }

    public required string PeerCertificate { get; init; }

    public DateTimeOffset? ValidationTime { get; init; }

    public required string ExpectedResult { get; init; }

    public SuiteName? ExpectedPeerName { get; init; }

    [JsonIgnore]
    public bool IsServer => ValidationKind == "SERVER";

    [JsonIgnore]
    public bool ShouldPass => ExpectedResult == "SUCCESS";
}

/// <summary>A name in a case.</summary>
internal sealed record SuiteName(string Kind, string Value);
