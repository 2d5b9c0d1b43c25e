using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Exploration.Faults;

/// <summary>The faults that can be put back are those of the code as it is: their patches fit, and what must notice them exists.</summary>
internal sealed class FaultPatchTests
{
    [TestCaseSource(typeof(FaultPatch), nameof(FaultPatch.All))]
    public void Every_fault_can_be_put_back(FaultPatch patch)
    {
        Assert.That(patch.Hunks, Is.Not.Empty);
        foreach (var hunk in patch.Hunks)
        {
            var text = File.ReadAllText(Path.Combine(Repository.Folder, hunk.File));
            Assert.That(hunk.Replace(text, patch.Name), Is.Not.EqualTo(text));
        }
    }

    [TestCaseSource(typeof(FaultPatch), nameof(FaultPatch.All))]
    public void What_must_notice_a_fault_exists(FaultPatch patch)
    {
        var types = typeof(FaultPatchTests).Assembly.GetTypes();
        var names = types.Select(type => type.Name).Concat(types.SelectMany(type => type.GetMethods()).Select(method => method.Name));

        Assert.That(names, Does.Contain(patch.NoticedBy));
        var tests = types.SelectMany(type => type.GetMethods().Select(method => $"{type.FullName}.{method.Name}"));
        Assert.That(tests, Has.Some.Contains(patch.Tests));
    }

    [Test]
    public void Each_kind_of_fault_is_among_them() =>
        Assert.That(FaultPatch.All.Select(patch => patch.Name[0]).Distinct(), Is.EqualTo("ABCDEG"));

    [Test]
    public void The_document_says_of_each_who_notices_it()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Folder, "docs/proof.md"));

        foreach (var patch in FaultPatch.All)
            Assert.That(document, Does.Contain($"| `{patch.Name}` | {patch.Says} | `{patch.NoticedBy}` |"));
    }
}
