using System.Reflection;
using TlsFsm.StateDiagrams;
using TlsFsm.Tests.Architecture;
using TlsFsm.Tests.Strictness;

namespace TlsFsm.Tests.StateDiagrams;

/// <summary>docs/alerts.md: made of the code, nothing in it without a test that exists.</summary>
public sealed class AlertTableTests
{
    private static IEnumerable<string> Faults => AlertTable.All.SelectMany(section => section.Faults).Select(fault => fault.Name);

    [Test]
    public void The_committed_table_is_that_of_the_code_and_every_row_is_proven() =>
        Assert.That(DiagramFiles.CheckAlerts(Repository.Folder), Is.Empty);

    [Test]
    public void What_is_read_from_the_sources_is_what_the_tests_say()
    {
        var attributes =
            from type in typeof(ProvesAttribute).Assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            from proof in method.GetCustomAttributes<ProvesAttribute>()
            from fault in proof.Faults
            select $"{fault}: {type.Name}.{method.Name}";

        var read = AlertProofs.Read(Repository.Folder);

        Assert.That(read.SelectMany(group => group.Select(test => $"{group.Key}: {test}")), Is.EquivalentTo(attributes));
    }

    [Test]
    public void What_proves_a_fault_is_a_test()
    {
        var none =
            from type in typeof(ProvesAttribute).Assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            where method.GetCustomAttributes<ProvesAttribute>().Any()
                && !method.GetCustomAttributes().Any(
                    one => one is NUnit.Framework.Interfaces.ITestBuilder or NUnit.Framework.Interfaces.ISimpleTestBuilder)
            select $"{type.Name}.{method.Name}";

        Assert.That(none, Is.Empty);
    }

    [Test]
    public void Every_fault_has_a_name_of_its_own() => Assert.That(Faults, Is.Unique);

    [Test]
    public void A_row_without_a_test_is_a_complaint()
    {
        var folder = Directory.CreateTempSubdirectory("tlsfsm-alerts-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "Engine.Tests"));

            var complaints = DiagramFiles.CheckAlerts(folder);

            Assert.That(complaints, Has.Count.EqualTo(Faults.Count() + 1));
            Assert.That(complaints[0], Does.StartWith("RecordType is proven by no test"));
            Assert.That(complaints[^1], Is.EqualTo("docs/alerts.md is missing; run: dotnet run --project StateDiagrams"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
